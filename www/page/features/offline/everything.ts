// What works without a connection: what a visit has loaded, or everything once the visitor says so.
import { computed, signal } from '@preact/signals-core';
import { release, whole } from '../../queries/answers.js';
import { loadAll, warnings } from '../../queries/open.js';
import { keep } from '../../state/store.js';
import { isKept } from './shell.js';

/** Remarks of the client after which it keeps no release. */
const NOT_KEPT = ['cache_refused', 'cache_full', 'http_fallback'] as const;
/** The visitor's word, on this device. */
const NAME = 'everything';

/** How the rest of the release is getting on. */
export const rest = signal<{ status: 'none' | 'loading' | 'here' | 'error'; error?: unknown }>({
  status: 'none',
});

/** Bytes of what a visit does not load by itself. */
export const restBytes = computed(() => {
  const { models = [], defaultModel, mapBytes = 0 } = release.result.value.value?.info ?? {};
  return models.reduce(
    (sum, { name, bytes = 0, textBytes = 0 }) =>
      sum + (name === defaultModel ? 0 : bytes) + textBytes,
    mapBytes,
  );
});

/** What this device keeps: nothing, what the page begins with, or all of it. */
export const kept = computed((): 'nothing' | 'part' | 'everything' => {
  const isRefused = NOT_KEPT.some((code) => warnings.value.has(code));
  if (!isKept.value || isRefused || !release.result.value.value) return 'nothing';
  return restBytes.value === 0 || rest.value.status === 'here' ? 'everything' : 'part';
});

/** Loads and keeps everything, on later visits too. */
export async function keepEverything() {
  rest.value = { status: 'loading' };
  try {
    await loadAll();
    keep.set(NAME, 'kept');
    rest.value = { status: 'here' };
  } catch (error) {
    rest.value = { status: 'error', error };
  }
}

// A newer release is kept whole, too.
whole.then(
  () => {
    if (keep.get(NAME)) keepEverything();
  },
  () => {}, // the lists say what is missing
);
