// The wasm module of this realm, loaded once.
import { assertSupport, fetchModule } from './compile.js';
import { messageOf, OsusumeError } from './errors.js';
import type { RecommenderClass } from './recommender.js';
import { ATTEMPTS } from './retry.js';
import { STALL_MS, StallGuard } from './stall.js';
import { WASM_URL } from './wasm-url.js';

type Glue = typeof import('./wasm/osusume.js');
type Compile = (url: URL) => Promise<WebAssembly.Module>;

let shared: Promise<RecommenderClass> | undefined;

/**
 * Returns the module's class. Loads once a realm, however often it is called; forgets a failure, so
 * that a later call tries again. The caller gives the import of the glue, since bundlers may not
 * find an `import()` in a worker.
 */
export function loadRecommender(
  importGlue: () => Promise<Glue>,
  compile: Compile = fetchModule,
  url: URL = WASM_URL,
  stallMs = STALL_MS,
): Promise<RecommenderClass> {
  shared ??= instantiate(importGlue, compile, url, stallMs).catch((error) => {
    shared = undefined;
    throw error;
  });
  return shared;
}

async function instantiate(
  importGlue: () => Promise<Glue>,
  compile: Compile,
  url: URL,
  stallMs: number,
): Promise<RecommenderClass> {
  assertSupport();
  // The browser retries no import, so it gets the time of all attempts at the module.
  const guard = new StallGuard(ATTEMPTS * stallMs);
  const loading = guard.within(importGlue()).catch((error) => {
    const what = `Could not load wasm/osusume.js (${messageOf(error)}).`;
    if (guard.signal.aborted) throw new OsusumeError('network', what);
    throw new OsusumeError(
      'wasm_missing',
      `${what} Upload the whole client folder, wasm/ included.`,
    );
  });
  const [glue, module] = await Promise.all([loading, compile(url)]);
  try {
    await glue.default({ module_or_path: module });
  } catch (error) {
    // A LinkError: glue and module are of two builds, as a cache may serve after an update.
    throw new OsusumeError(
      'wasm_invalid',
      `The wasm module and its JavaScript do not belong together (${messageOf(error)}). ` +
        'Reload the page, or build both again.',
      { url: url.href },
    );
  }
  return glue.Recommender;
}
