// Remarks for the visitor though all goes well: one line each, some with a button.
import { t } from '../../i18n/index.js';
import { named, ranked, release, view } from '../../queries/answers.js';
import { warnings } from '../../queries/open.js';
import { type Notice, notices } from '../../state/notices.js';
import { ownList, parts } from '../../state/store.js';
import { uncoveredTitles } from './uncovered.js';

/** Unknown words that a notice names. */
const MOST_WORDS = 5;

export function Notices() {
  return (
    <div id="notices" class="notices" role="status">
      {derivedNotices().map(([name, text]) => (
        <NoticeLine key={name} name={name} notice={{ text: () => text }} />
      ))}
      {[...notices.all.value].map(([name, notice]) => (
        <NoticeLine key={name} name={name} notice={notice} />
      ))}
    </div>
  );
}

/** Returns the notices that follow from the state and its answers. */
function derivedNotices(): [name: string, text: string][] {
  const [linked, own] = [parts.release.value, parts.own.value];
  const opened = release.result.value.value?.info.release;
  const unknown = named.result.value.value?.unknown ?? 0;
  const [words, titles] = [unknownWords(), uncoveredTitles()];
  const isOther = linked && opened && !opened.startsWith(linked);
  const all: [string, string | false | undefined][] = [
    ['unknownIds', unknown > 0 && t('unknownIds', { count: unknown })],
    ['otherRelease', isOther && t('otherRelease')],
    ['ownMissing', own && !ownList.value && t('ownMissing')],
    ['unknownWords', words && t('unknownWords', { words })],
    ['onlineOnly', onlineOnly()],
    ['byViewersOnly', titles && t('byViewersOnly', { titles })],
  ];
  return all.flatMap(([name, text]) => (text ? [[name, text]] : []));
}

function unknownWords(): string {
  if (view.value !== 'ranked') return '';
  const { value } = ranked.result.value;
  const words = value?.warnings.flatMap((each) =>
    each.code === 'unknown_words' ? each.words : [],
  );
  return (words ?? []).slice(0, MOST_WORDS).join(', ');
}

function onlineOnly(): string | false {
  if (warnings.value.has('cache_full')) return t('onlineOnlyFull');
  return warnings.value.has('cache_refused') && t('onlineOnly');
}

function NoticeLine({ name, notice }: { name: string; notice: Notice }) {
  const { action } = notice;
  const text = notice.text();
  if (!text) return null;
  return (
    <div class="notice" data-name={name}>
      <p>{text}</p>
      {action && (
        <button type="button" class="button main" onClick={action.onPress}>
          {action.text()}
        </button>
      )}
    </div>
  );
}
