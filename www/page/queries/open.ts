// Opens the release. This module loads before the rest of the page, so that the worker starts while
// the page is drawn for the first time.

import { signal } from '@preact/signals-core';
import {
  type ClientWarningCode,
  type Id,
  type Info,
  type Osusume,
  OsusumeError,
  open,
  type Progress,
} from 'osusume';
import { onlyLiked, stateOf } from '../state/address.js';
import { site } from '../state/site.js';
import { scriptUrl } from './trusted.js';

/** The parts of the release that are on their way, by file. */
export const downloads = new Map<string, Progress>();
/** Counts the changes of `downloads`. */
export const downloaded = signal(0);
/** The remarks of the client so far. */
export const warnings = signal<ReadonlySet<ClientWarningCode>>(new Set());

const startWorker = () =>
  new Worker(scriptUrl(new URL('./client/worker.js', import.meta.url)), { type: 'module' });

export const client = open(site.manifest, {
  worker: startWorker,
  load: 'all',
  publicKey: site.publicKey || undefined,
  // The two lists of one show have first answers.
  preliminary: onlyLiked(stateOf(location)) !== undefined,
  onProgress: (progress) => {
    if (progress.kind === 'map') return; // nobody waits for it
    downloads.set(progress.file, progress);
    downloaded.value += 1;
  },
  onWarning: ({ code }) => {
    warnings.value = new Set([...warnings.peek(), code]);
  },
});

export const info: Promise<Info> = client.then((opened) => opened.info({ preliminary: true }));

/** The models at the ends of the slider that this release has. */
export const ends: Promise<[model: string, part: number][]> = info.then(({ models }) =>
  site.slider.filter(([name]) => models.some((model) => model.name === name)),
);

/** The opened release, with the facts that every question needs. */
export interface Opened {
  client: Osusume;
  info: Info;
  ends: [model: string, part: number][];
}
export const opening: Promise<Opened> = Promise.all([client, info, ends]).then(
  ([client, info, ends]) => ({ client, info, ends }),
);
/** The same, once it is here: a question then reaches the worker in the same task. */
export let opened: Opened | undefined;
opening.then(
  (all) => {
    opened = all;
  },
  () => {}, // the page shows the failure
);

/** Models that are loaded, or have failed to load. Their neighbour lists are not asked any more. */
export const settled = new Set<string>();
/** Models that are loaded. */
export const loaded = new Set<string>();

/** Resolves when a model of the release is loaded. */
export async function loadModel(model: string): Promise<void> {
  const [{ defaultModel, models }, opened] = await Promise.all([info, client]);
  if (!models.some(({ name }) => name === model))
    throw new OsusumeError('unknown_model', `there is no model ${model}`);
  await opened.ready(model === defaultModel ? 'default' : 'stories');
}

/** Returns where the slider stands while nobody has moved it. */
export const usualMix = (both: [string, number][]) =>
  both.length > 1 ? Math.round((100 * both[1][1]) / (both[0][1] + both[1][1])) : 0;

/** Returns whether a model covers an item; waits for the model. */
export async function isCovered(model: string, id: Id): Promise<boolean> {
  await loadModel(model);
  const { models } = await (await client).item(id);
  return models.includes(model);
}

for (const [name] of site.slider) {
  loadModel(name)
    .then(() => loaded.add(name))
    .catch(() => {})
    .finally(() => settled.add(name));
}
for (const promise of [client, info, ends]) promise.catch(() => {}); // the page shows the failure
