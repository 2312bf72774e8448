// The one list that answers everything that is set, with its heading.
import { t } from '../../i18n/index.js';
import { ranked, release, view } from '../../queries/answers.js';
import { warnings } from '../../queries/open.js';
import { MOST_RESULTS } from '../../state/address.js';
import { change, hasTaste, parts } from '../../state/store.js';
import { ResultList } from './ResultList.js';

const MORE = 10;

export function RankedHeading({ isHidden }: { isHidden: boolean }) {
  const [text, liked] = [parts.text.value, parts.liked.value];
  const title =
    text !== undefined && !liked.length
      ? t('quoted', { text })
      : t(hasTaste.value ? 'pickedTitle' : 'startTitle');
  return (
    <div id="heading" class="heading" hidden={isHidden}>
      <h1 id="ranked-title" tabIndex={-1}>
        {title}
      </h1>
      <p id="ranked-text" hidden={hasTaste.value}>
        {t('startText')}
      </p>
    </div>
  );
}

export function Ranked({ isHidden }: { isHidden: boolean }) {
  const { status, value, error } = ranked.result.value;
  const isOpen = release.result.value.status === 'ready'; // else the page shows that failure
  const results = value?.results ?? NONE;
  return (
    <section id="ranked" class="ranked" aria-labelledby="ranked-heading" hidden={isHidden}>
      <h2 id="ranked-heading" class="unseen">
        {t('results')}
      </h2>
      <ResultList
        name="ranked"
        results={results}
        isBusy={status === 'loading' || (status === 'idle' && view.value === 'ranked')}
        note={value && !results.length ? t('noMatch') : undefined}
        error={isOpen ? explain(error) : undefined}
        onRetry={ranked.retry}
      />
      <More />
    </section>
  );
}

const NONE: never[] = [];

/** The text encoder loads with the first typed words: offline they say so. */
function explain(error: unknown): unknown {
  const isOffline = !navigator.onLine || warnings.value.has('offline');
  const isNetwork = Object(error).code === 'network';
  if (!isOffline || !isNetwork || parts.text.value === undefined) return error;
  return Object.assign(new Error(String(error)), { code: 'page.words_offline' });
}

function More() {
  const { value } = ranked.result.value;
  const limit = parts.limit.value;
  // A longer start list is another list.
  const isWhole = value?.warnings.some(
    ({ code }) => code === 'few_matches' || code === 'start_list',
  );
  const hasMore = value && !isWhole && value.results.length >= limit && limit < MOST_RESULTS;
  return (
    <button
      id="more"
      type="button"
      class="button more"
      hidden={!hasMore}
      onClick={() => change({ limit: Math.min(MOST_RESULTS, limit + MORE) })}
    >
      {t('more')}
    </button>
  );
}
