// How much of each part of the release is loaded, as one line that goes when all that is wanted is.
import { signal } from '@preact/signals-core';
import { useEffect, useState } from 'preact/hooks';
import { isWord, t } from '../../i18n/index.js';
import { whole } from '../../queries/answers.js';
import { downloaded, downloads } from '../../queries/open.js';
import { site } from '../../state/site.js';
import { formatBytes } from '../../ui/format.js';

/** Nothing is shown of what takes less; a kept release is loaded before. */
const PATIENCE_MS = 500;
/** How often the line is drawn then. */
const EVERY_MS = 100;

/** The order of the parts, whichever arrives first. */
const NAMES = ['catalogue', ...site.slider.map(([model]) => model), 'words'];

/** Whether the line is shown; the badge waits for its place. */
export const isDownloading = signal(false);

interface Part {
  loaded: number;
  total: number;
}

/** Adds up the files of each model, and of the catalogue. */
function partsOf(): [name: string, part: Part][] {
  const parts = new Map<string, Part>();
  for (const { kind, model, loaded, total } of downloads.values()) {
    const name = kind === 'text' ? 'words' : (model ?? kind);
    const before = parts.get(name) ?? { loaded: 0, total: 0 };
    parts.set(name, { loaded: before.loaded + loaded, total: before.total + total });
  }
  const order = (name: string) => NAMES.indexOf(name) + 1 || NAMES.length + 1;
  return [...parts].sort(([a], [b]) => order(a) - order(b));
}

export function Downloads() {
  const parts = useParts();
  return (
    <ul id="downloads" class="downloads" aria-label={t('downloads')}>
      {parts.map(([name, part]) => (
        <Download key={name} name={isWord(name) ? t(name) : name} {...part} />
      ))}
    </ul>
  );
}

/** Returns the parts as they were a moment ago; drawing each piece that arrives would cost more. */
function useParts(): [string, Part][] {
  const [parts, setParts] = useState<[string, Part][]>([]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isBegun = false;
    let isShown = false;
    const draw = () => {
      timer = undefined;
      const parts = partsOf();
      // What the page begins with comes one after the other.
      const isDone = isBegun && parts.every(([, { loaded, total }]) => loaded >= total);
      if (isDone) downloads.clear();
      isShown = !isDone;
      isDownloading.value = isShown;
      setParts(isDone ? [] : parts);
    };
    const stop = downloaded.subscribe((count) => {
      if (count > 0) timer ??= setTimeout(draw, isShown ? EVERY_MS : PATIENCE_MS);
    });
    whole.then(
      () => {
        isBegun = true;
        clearTimeout(timer);
        draw();
      },
      () => {},
    );
    return stop;
  }, []);
  return parts;
}

function Download({ name, loaded, total }: Part & { name: string }) {
  const isHere = loaded >= total;
  const sizes = { loaded: formatBytes(loaded), total: formatBytes(total) };
  return (
    <li data-state={isHere ? 'here' : 'coming'}>
      <span>{name}</span>
      <span class="bytes">{isHere ? sizes.total : t('downloadedOf', sizes)}</span>
      <progress max={Math.max(total, 1)} value={loaded} aria-label={t('downloaded', { name })} />
    </li>
  );
}
