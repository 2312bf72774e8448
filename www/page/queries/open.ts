// Opens the release. This module loads before the rest of the page, so that the worker starts while
// the page is drawn for the first time.

import { signal } from '@preact/signals-core';
import {
  type ClientWarningCode,
  type Info,
  type Load,
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

const openRelease = (load: Load) =>
  open(site.manifest, {
    worker: startWorker,
    load,
    publicKey: site.publicKey || undefined,
    onProgress: (progress) => {
      if (progress.kind === 'map') return; // nobody waits for it
      downloads.set(progress.file, progress);
      downloaded.value += 1;
    },
    onWarning: ({ code }) => {
      warnings.value = new Set([...warnings.peek(), code]);
    },
  });

/** The catalogue and the default model. What else the release has comes when it is first asked for. */
export const client = openRelease('default');
/** Answers from the file of one show while the catalogue is on its way. */
const first = onlyLiked(stateOf(location)) === undefined ? client : openRelease('related');
/** The same release with every part, once the visitor has asked for all of it. */
let everything: Osusume | undefined;
/** Returns who knows the shows like one soonest. */
export const nearest = async (): Promise<Osusume> => everything ?? opened?.client ?? first;

/** Loads the rest of the release too, and keeps it. */
export async function loadAll(): Promise<void> {
  const all = await openRelease('all');
  try {
    await all.ready();
    everything = all;
  } catch (error) {
    all.close();
    throw error;
  }
}

export const info: Promise<Info> = client.then((opened) => opened.info());

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

/** Models that are loaded, as far as somebody has waited for them. */
export const loaded = new Set<string>();

/** Resolves when a model of the release is loaded. */
export async function loadModel(model: string): Promise<void> {
  const [{ defaultModel, models }, opened] = await Promise.all([info, client]);
  if (!models.some(({ name }) => name === model))
    throw new OsusumeError('unknown_model', `there is no model ${model}`);
  await opened.ready(model === defaultModel ? 'default' : 'stories');
  loaded.add(model);
}

/** Returns where the slider stands while nobody has moved it. */
export const usualMix = (both: [string, number][]) =>
  both.length > 1 ? Math.round((100 * both[1][1]) / (both[0][1] + both[1][1])) : 0;

for (const promise of [client, first, info, ends]) promise.catch(() => {}); // the page shows it
