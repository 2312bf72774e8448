import { t } from '../../i18n/index.js';
import { info } from '../../queries/open.js';
import { hashOf, questionOf } from '../../state/address.js';
import { notices } from '../../state/notices.js';
import { state } from '../../state/store.js';
import { Icon } from '../../ui/Icon.js';

export const Share = () => (
  <button id="share" type="button" class="button" onClick={onShare}>
    <Icon name="share" />
    {t('share')}
  </button>
);

async function onShare() {
  const { release } = await info;
  const hash = hashOf({ ...questionOf(state.peek()), release: release.slice(0, 8) });
  const url = new URL(hash, location.href).href;
  const how = await share(url, document.title);
  notices.set('shared', () => {
    const text =
      how === 'copied' ? t('shared') : how === 'refused' ? `${t('shareThis')} ${url}` : '';
    return text && state.peek().own ? `${text} ${t('sharedOwn')}` : text;
  });
}

/** Hands a link on: by the device's share sheet, else by the clipboard, else as a text to copy. */
async function share(url: string, title: string): Promise<'shared' | 'copied' | 'refused'> {
  if (navigator.share && (navigator.canShare?.({ url, title }) ?? true)) {
    try {
      await navigator.share({ url, title });
      return 'shared';
    } catch (error) {
      if (Object(error).name === 'AbortError') return 'shared'; // the visitor changed their mind
    }
  }
  try {
    await navigator.clipboard.writeText(url);
    return 'copied';
  } catch {
    return 'refused';
  }
}
