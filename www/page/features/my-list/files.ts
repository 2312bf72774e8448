// Reads and writes the files of the visitor's own list.
import { signal } from '@preact/signals-core';
import { t } from '../../i18n/index.js';
import { whole } from '../../queries/answers.js';
import { client } from '../../queries/open.js';
import { stateOf } from '../../state/address.js';
import { restoreAll, saveAll } from '../../state/keep.js';
import { notices } from '../../state/notices.js';
import { site } from '../../state/site.js';
import { change, forgetAll, go, keep, ownList, setOwnList } from '../../state/store.js';
import { forgetDevice, keeping } from '../offline/shell.js';

/** A file that `save` has made is smaller, in bytes. */
const MOST_SAVED = 8e6;
/** How long the browser may take to begin with the download. */
const DOWNLOAD_MS = 10_000;

/** The file that was chosen last. */
export const reading = signal<{
  status: 'idle' | 'loading' | 'error';
  file?: File;
  error?: unknown;
}>({ status: 'idle' });

/** Reads a list, or everything that was saved, and has it count. */
export async function readFile(file: File) {
  if (!site.takesLists) return; // no list has the ids of this catalogue
  reading.value = { status: 'loading', file };
  const isCurrent = () => reading.peek().file === file; // another one may be chosen meanwhile
  try {
    const isSaved = file.size < MOST_SAVED && /json/.test(file.type);
    const saved = isSaved ? restoreAll(await file.text()) : undefined;
    const list = saved ? saved.list : await (await client).importProfile(file);
    if (!isCurrent()) return;
    setOwnList(list);
    notices.set('kept', keep.isKept() ? undefined : () => t('notKept'));
    if (saved?.last) go(stateOf({ hash: saved.last, search: '' }));
    else change({ own: true }, 'push');
    reading.value = { status: 'idle' };
  } catch (error) {
    if (isCurrent()) reading.value = { status: 'error', file, error };
  }
}

/** Saves everything of this page as a file. */
export function saveFile() {
  const text = saveAll({ list: ownList.peek(), last: keep.get('last') });
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'osusume.json';
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_MS);
}

/** Deletes everything of this page from the device, also what is still on its way. */
export async function deleteAll() {
  forgetAll();
  await forgetDevice();
  const settled = [whole, keeping].map((promise) => promise.catch(() => {}));
  Promise.all(settled).then(forgetDevice);
  notices.set('deleted', () => t('deleted'));
}
