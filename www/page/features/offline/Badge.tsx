// Says whether the page works without a connection, and whether it does so now.
import { t } from '../../i18n/index.js';
import { warnings } from '../../queries/open.js';
import { isDownloading } from './Downloads.js';
import { kept } from './everything.js';

export function Badge() {
  const isOffline = warnings.value.has('offline');
  const isReady = kept.value !== 'nothing';
  const isShown = (isOffline || isReady) && !isDownloading.value;
  const isWhole = kept.value === 'everything';
  return (
    <p
      id="badge"
      class="badge"
      hidden={!isShown}
      data-state={isShown ? (isOffline ? 'offline' : 'ready') : undefined}
      data-kept={kept.value}
      title={isReady ? t(isWhole ? 'offlineWhole' : 'offlinePart') : ''}
    >
      {isShown && t(isOffline ? 'offlineNow' : isWhole ? 'offlineReady' : 'offlineReadyPart')}
    </p>
  );
}
