// A result is drawn here: picture, facts, reasons, and the visitor's votes. Rows are drawn more often
// than all else, so their parts are functions and lists of children are spread by `h`: a component,
// or the fragment that a list becomes, costs as much as ten elements.
import { useComputed, useSignal } from '@preact/signals';
import type { Id } from 'osusume';
import { h } from 'preact';
import { useMemo } from 'preact/hooks';
import { locale, t, type Word } from '../../i18n/index.js';
import type { Result } from '../../queries/lists.js';
import { idOf, type Show } from '../../queries/show.js';
import { change, hasVote, linkOf, type Vote, vote } from '../../state/store.js';
import { formatFacts, formatScore } from '../../ui/format.js';
import { Icon } from '../../ui/Icon.js';
import { Picture } from '../../ui/Picture.js';
import { titleOf } from '../../ui/ShowTitle.js';
import { drawWhy } from './why.js';

type Action = Vote | 'details';
const ACTIONS: Action[] = ['like', 'dislike', 'seen', 'details'];

interface Props {
  result: Result;
  /** Shows the votes that the visitor has given. */
  showsVotes?: boolean;
}

export function ResultRow({ result, showsVotes = false }: Props) {
  const { show, score, share, reasons, lead } = result;
  const language = locale.value;
  // The score changes more often than the show.
  const [picture, head, actions] = useMemo(() => {
    const title = titleOf(show);
    return [
      Picture({ show }),
      drawHead(show, title),
      !showsVotes && drawActions(show, title),
    ] as const;
  }, [show, language, showsVotes]);
  const why = reasons?.length ? drawWhy(reasons, lead) : null;
  const bar = share !== undefined && drawBar(share, score);
  const end = h(
    'div',
    { class: 'show-end' },
    bar,
    actions || drawActions(show, titleOf(show), true),
  );
  return (
    <li class="show" data-id={show.id} data-score={score}>
      {picture}
      {h('div', null, ...head, why, end)}
    </li>
  );
}

const drawHead = (show: Show, title: string) => [
  <h3>
    <TitleLink id={idOf(show)} title={title} />
  </h3>,
  <p class="facts">{formatFacts(show)}</p>,
  <p class="tag-line">{show.tags.join(', ')}</p>,
];

/** The link follows the state, also when nothing else of the row changes. */
function TitleLink({ id, title }: { id: Id; title: string }) {
  const shown = useSignal(id);
  shown.value = id;
  const href = useComputed(() => linkOf(shown.value));
  return <a href={href}>{title}</a>;
}

const drawBar = (share: number, score: number | undefined) => (
  <p class="bar" style={{ '--share': share }}>
    <span class="unseen">{t('similarity')} </span>
    <span class="number">{score === undefined ? '' : formatScore(score)}</span>
  </p>
);

function drawActions(show: Show, title: string, showsVotes = false) {
  const buttons = ACTIONS.map((action) => drawAction(action, show, title, showsVotes));
  return h('div', { class: 'actions' }, ...buttons);
}

function drawAction(action: Action, show: Show, title: string, showsVotes: boolean) {
  const id = idOf(show);
  const name = t(action as Word, { title });
  const onClick = () => (action === 'details' ? change({ show: id }, 'push') : vote(action, show));
  return (
    <button
      type="button"
      class="act"
      data-action={action}
      aria-label={name}
      title={name}
      aria-pressed={showsVotes && action !== 'details' ? hasVote(action, show) : undefined}
      onClick={onClick}
    >
      {Icon({ name: action })}
    </button>
  );
}
