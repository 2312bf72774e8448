// One line: how many shows were ranked, and how long that took.
import { computed } from '@preact/signals-core';
import { t } from '../../i18n/index.js';
import { chosen, ranked, related, relatedOf, release, view } from '../../queries/answers.js';
import { formatMs } from '../../ui/format.js';
import { titleOf } from '../../ui/ShowTitle.js';

interface Line {
  text: string;
  isBusy: boolean;
}

function relatedLine(items: number): Line {
  const show = chosen.result.value.value;
  const models = release.result.value.value?.info.models ?? [];
  const lists = related.filter(({ model }) => models.some(({ name }) => name === model));
  const results = lists.map(({ list }) => list.result.value.status);
  if (results.includes('loading')) return { text: '', isBusy: true };
  if (results.includes('partial') || !show || show.preliminary)
    return { text: t('forNow'), isBusy: true };
  const answers = lists.flatMap(({ list }) => relatedOf(list) ?? []);
  if (!answers.some(({ isCovered }) => isCovered)) return { text: '', isBusy: false };
  const count = answers.reduce((sum, { results }) => sum + results.length, 0);
  return { text: t('statusLike', { count, items, title: titleOf(show) }), isBusy: false };
}

function rankedLine(items: number): Line {
  const { status, value } = ranked.result.value;
  const isBusy = status === 'loading' || status === 'idle'; // idle: the show of the next lists is on its way
  if (!value) return { text: '', isBusy };
  if (status === 'partial') return { text: t('forNow'), isBusy: true };
  const count = value.results.length;
  const text = t('statusPicked', { count, items, time: formatMs(value.ms) });
  return { text, isBusy };
}

/** The line about the lists in sight. That of the one list stays until its next answer. */
export const status = computed((): Line => {
  const items = release.result.value.value?.info.items;
  if (items === undefined) return { text: '', isBusy: true };
  if (view.value === 'ranked') return rankedLine(items);
  return view.value === 'related' ? relatedLine(items) : { text: '', isBusy: false };
});

export const Status = () => (
  <p id="status" class="status" role="status" aria-busy={status.value.isBusy || undefined}>
    {status.value.text}
  </p>
);
