// What works without a connection, and a button for the rest.
import { t } from '../../i18n/index.js';
import { formatBytes } from '../../ui/format.js';
import { Problem } from '../../ui/Problem.js';
import { keepEverything, kept, rest, restBytes } from './everything.js';

export function Offline() {
  if (kept.value === 'nothing') return null;
  const { status, error } = rest.value;
  const isWhole = kept.value === 'everything';
  return (
    <section class="own" aria-labelledby="offline-title">
      <h2 id="offline-title">{t('offline')}</h2>
      <p id="offline-text" class="note" role="status">
        {t(isWhole ? 'offlineWhole' : status === 'loading' ? 'offlineComing' : 'offlinePart')}
      </p>
      {status === 'error' && <Problem error={error} onRetry={keepEverything} />}
      <button
        id="keep-all"
        type="button"
        class="button"
        hidden={isWhole || status === 'error'}
        disabled={status === 'loading'}
        onClick={keepEverything}
      >
        {t('keepAll', { size: formatBytes(restBytes.value) })}
      </button>
    </section>
  );
}
