// The parts of the list as chips: votes, typed words, the visitor's own list. Each can be removed.
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../../i18n/index.js';
import { named } from '../../queries/answers.js';
import type { Show } from '../../queries/show.js';
import { change, go, isStartPage, ownList, parts, without } from '../../state/store.js';
import { Icon } from '../../ui/Icon.js';
import type { IconName } from '../../ui/icons.js';
import { Picture } from '../../ui/Picture.js';
import { titleOf } from '../../ui/ShowTitle.js';
import { Share } from './Share.js';

export function Picks() {
  return (
    <section id="picks" class="picks" aria-label={t('picks')} hidden={isStartPage.value}>
      <Chips />
      <div class="picks-acts">
        <Share />
        <a class="button" href="#">
          {t('startOver')}
        </a>
      </div>
    </section>
  );
}

function Chips() {
  const [text, seen, own] = [parts.text.value, parts.seen.value, parts.own.value];
  const { liked = [], disliked = [] } = named.result.value.value ?? {};
  const list = useFocusOnNext();
  const entries = own ? ownList.value?.counts.entries : undefined;
  return (
    <ul id="chips" ref={list}>
      {text !== undefined && (
        <PlainChip
          icon="search"
          text={t('quoted', { text })}
          name={t('removeText', { text })}
          onRemove={() => change({ text: undefined }, 'push')}
        />
      )}
      {liked.map((show) => (
        <ShowChip key={show.id} show={show} isLiked />
      ))}
      {disliked.map((show) => (
        <ShowChip key={show.id} show={show} isLiked={false} />
      ))}
      {seen.length > 0 && (
        <PlainChip
          icon="seen"
          text={t('seenCount', { count: seen.length })}
          name={t('forgetSeen', { count: seen.length })}
          onRemove={() => change({ seen: [] }, 'push')}
        />
      )}
      {entries !== undefined && (
        <PlainChip
          icon="device"
          text={t('ownUsed', { count: entries })}
          name={t('ownLeave')}
          onRemove={() => change({ own: false }, 'push')}
        />
      )}
    </ul>
  );
}

function ShowChip({ show, isLiked }: { show: Show; isLiked: boolean }) {
  const title = titleOf(show);
  return (
    <Chip
      kind={isLiked ? 'liked' : 'disliked'}
      mark={isLiked ? <Picture show={show} /> : <Icon name="dislike" />}
      text={title}
      name={t(isLiked ? 'removeLiked' : 'removeDisliked', { title })}
      onRemove={() => go(without(show))}
    />
  );
}

interface PlainProps {
  icon: IconName;
  text: string;
  name: string;
  onRemove: () => void;
}

const PlainChip = ({ icon, ...rest }: PlainProps) => (
  <Chip kind="plain" mark={<Icon name={icon} />} {...rest} />
);

interface ChipProps {
  kind: string;
  mark: ComponentChildren;
  text: string;
  /** The name of the button. */
  name: string;
  onRemove: () => void;
}

const Chip = ({ kind, mark, text, name, onRemove }: ChipProps) => (
  <li class={`chip ${kind}`}>
    {mark}
    <span class="chip-text">{text}</span>
    <button type="button" class="take" aria-label={name} title={name} onClick={onRemove}>
      <Icon name="close" />
    </button>
  </li>
);

/** Moves the focus to the next chip when the one that had it is gone. */
function useFocusOnNext() {
  const list = useRef<HTMLUListElement>(null);
  const before = useRef(-1);
  const chips = [...(list.current?.children ?? [])];
  before.current = chips.findIndex((chip) => chip.contains(document.activeElement));
  useLayoutEffect(() => {
    const { children } = list.current ?? { children: [] };
    if (before.current < 0 || list.current?.contains(document.activeElement)) return;
    const next = children[before.current] ?? children[children.length - 1];
    next?.querySelector('button')?.focus({ preventScroll: true });
  });
  return list;
}
