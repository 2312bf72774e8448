// One line with the reasons of a result, each with its part as a small bar, and the leading model.
import { h } from 'preact';
import { isWord, t } from '../../i18n/index.js';
import { NAMED, type Reason } from '../../queries/lists.js';
import { formatPercent } from '../../ui/format.js';
import { titleOf } from '../../ui/ShowTitle.js';

/** Reasons that an answer has at most; there may be others then. */
const MOST_REASONS = 10;
/** A smaller part is not shown: it would be 0%. */
const LEAST_SHARE = 0.005;

interface Shown {
  text: string;
  share: number;
}

/**
 * Draws the line. `reasons` has the strongest first; shares add up to 1, unless some were left out.
 * `lead` is the leading model, `both`, or nothing to say about models.
 */
export function drawWhy(reasons: Reason[], lead: string | undefined) {
  const named = reasons.slice(0, NAMED).filter(({ share }) => share >= LEAST_SHARE);
  const isTyped = named.length > 0 && named.every(({ word }) => word !== undefined);
  const isOwn = named.length > 0 && named.every(({ own }) => own);
  const shown = [...named.map(toShown), ...restOf(reasons, named)];
  return h(
    'p',
    { class: 'why' },
    t(isTyped ? 'whyWords' : 'whyBefore'),
    ...shown.flatMap((reason, at) => [at > 0 && t('whyBetween'), drawReason(reason)]),
    t(isTyped ? 'whyWordsAfter' : 'whyAfter'),
    isOwn && t('whyOwn'),
    leadText(lead),
  );
}

const drawReason = ({ text, share }: Shown) => (
  <span class="reason">
    <b>{text}</b>{' '}
    <span class="measure">
      <span class="meter" aria-hidden="true" style={{ '--share': share }} />
      {formatPercent(share)}
    </span>
  </span>
);

function toShown({ show, word, share }: Reason): Shown {
  const text = word === undefined ? (show ? titleOf(show) : '') : t('quoted', { text: word });
  return { text, share };
}

/** Returns the part of all reasons that are not named. */
function restOf(reasons: Reason[], named: Reason[]): Shown[] {
  const sum = (some: Reason[]) => some.reduce((total, { share }) => total + share, 0);
  const isCut = reasons.length >= MOST_REASONS;
  const rest = reasons.slice(named.length);
  const share = isCut ? 1 - sum(named) : sum(rest);
  const text = isCut ? t('whyMore') : t('whyOthers', { count: rest.length });
  return share >= LEAST_SHARE ? [{ text, share }] : [];
}

function leadText(lead: string | undefined): string {
  if (lead === undefined) return '';
  if (lead === 'both') return t('whyBoth');
  const by = `${lead}By`;
  return t('whyMostly', { by: isWord(by) ? t(by) : lead });
}
