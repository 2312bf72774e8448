// @ts-check
// Opens the release before the rest of the page is here: its worker starts while the page is drawn for the first time.

import { open } from './client/index.js';
import { onlyLiked, stateOf } from './ui/address.js';
import { scriptUrl } from './ui/trusted.js';

/** @typedef {NonNullable<import('./client/index.js').OpenOptions['onProgress']>} OnProgress */
/** @typedef {NonNullable<import('./client/index.js').OpenOptions['onWarning']>} OnWarning */

/** What the page's own words in its head say. @param {string} name */
export const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.getAttribute('content') ?? '';

/** What was told before anyone listened. @type {((page: { progress: OnProgress, warn: OnWarning }) => void)[]} */
const early = [];
/** @type {{ progress: OnProgress, warn: OnWarning }} */
let told = {
  progress: (part) => early.push(({ progress }) => progress(part)),
  warn: (warning) => early.push(({ warn }) => warn(warning)),
};

/** Has the page told what the client tells, from the beginning. @param {typeof told} page */
export function listen(page) {
  told = page;
  for (const tell of early.splice(0)) tell(page);
}

export const client = open(meta('osusume-manifest'), {
  worker: () => new Worker(scriptUrl(new URL('./client/worker.js', import.meta.url)), { type: 'module' }),
  load: 'all',
  publicKey: meta('osusume-public-key') || undefined,
  preliminary: onlyLiked(stateOf(location)) !== undefined, // the two lists of one show can be had early
  onProgress: (part) => told.progress(part),
  onWarning: (warning) => told.warn(warning),
});
client.catch(() => {}); // shown by the page
