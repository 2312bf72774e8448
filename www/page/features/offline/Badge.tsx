// Says whether the page works without a connection, and whether it does so now.
import { t } from '../../i18n/index.js';
import { warnings } from '../../queries/open.js';
import { isKept } from './shell.js';

/** Remarks of the client after which it keeps no release. */
const NOT_KEPT = ['cache_refused', 'cache_full', 'http_fallback'] as const;

export function Badge() {
  const isOffline = warnings.value.has('offline');
  const isReady = isKept.value && !NOT_KEPT.some((code) => warnings.value.has(code));
  const isShown = isOffline || isReady;
  return (
    <p
      id="badge"
      class="badge"
      hidden={!isShown}
      data-state={isShown ? (isOffline ? 'offline' : 'ready') : undefined}
      title={isReady ? t('offlineReadyText') : ''}
    >
      {isShown && t(isOffline ? 'offlineNow' : 'offlineReady')}
    </p>
  );
}
