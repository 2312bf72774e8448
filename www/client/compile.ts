// Fetches and compiles the wasm module, and says what to do if that is impossible.
import { sleep } from './abort.js';
import { codeOf, messageOf, OsusumeError } from './errors.js';
import { ATTEMPTS, pauseMs, RETRYABLE } from './retry.js';
import { STALL_MS, StallGuard } from './stall.js';

/**
 * The smallest module with a SIMD instruction: `(func (result v128) i32.const 0, i8x16.splat,
 * i8x16.popcnt)`.
 */
const SIMD_PROBE = Uint8Array.of(
  // biome-ignore format: the bytes of a module
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  10,
  1,
  8,
  0,
  65,
  0,
  253,
  15,
  253,
  98,
  11,
);

/** Throws if this platform cannot run the module. */
export function assertSupport(): void {
  if (typeof WebAssembly !== 'object') {
    throw new OsusumeError(
      'wasm_unsupported',
      'This browser has no WebAssembly, or it is switched off. Any browser of 2023 or later ' +
        'has it.',
      { missing: 'WebAssembly' },
    );
  }
  if (!WebAssembly.validate(SIMD_PROBE)) {
    throw new OsusumeError(
      'wasm_unsupported',
      'This browser has WebAssembly without SIMD. Chrome 91, Firefox 89 and Safari 16.4 have it.',
      { missing: 'simd128' },
    );
  }
}

/**
 * Returns the compiled module at `url`; retries twice. If nothing arrives it fails within 48
 * seconds.
 */
export async function fetchModule(url: URL, stallMs = STALL_MS): Promise<WebAssembly.Module> {
  for (let failures = 1; ; failures++) {
    try {
      return await attempt(url, new StallGuard(stallMs));
    } catch (error) {
      if (codeOf(error) !== 'network' || failures === ATTEMPTS) throw error;
      await sleep(pauseMs(failures));
    }
  }
}

/**
 * Streams the module if the server gives it the right type, and compiles it from bytes otherwise.
 * The browser keeps the compiled code of an unwrapped response only; a clone of it counts the
 * bytes.
 */
async function attempt(url: URL, guard: StallGuard): Promise<WebAssembly.Module> {
  const init: RequestInit = { credentials: 'same-origin', signal: guard.signal };
  const response = await guard.within(fetch(url, init)).catch((error) => {
    throw networkError(`Could not fetch ${url} (${messageOf(error)}).`, url);
  });
  const { status } = response;
  if (RETRYABLE.has(status))
    throw networkError(`${url} answered ${status}; try again later.`, url, { status });
  if (!response.ok) {
    throw new OsusumeError(
      'wasm_missing',
      `${url} answered ${status}. Upload the whole client folder, wasm/ included; with a ` +
        'bundler, name the address of osusume/osusume_bg.wasm in the option "wasm".',
      { url: url.href, status },
    );
  }
  watch(response.clone(), guard);
  const isWasm = response.headers.get('Content-Type')?.toLowerCase() === 'application/wasm';
  try {
    if (isWasm) return await guard.race(WebAssembly.compileStreaming(response));
    return await compileBytes(new Uint8Array(await guard.race(response.arrayBuffer())), url);
  } catch (error) {
    if (guard.signal.aborted)
      throw networkError(`${url} broke off (${messageOf(guard.signal.reason)}).`, url);
    throw error instanceof OsusumeError ? error : compileError(error, url);
  }
}

/** Ends the attempt if its bytes stop coming. */
async function watch(clone: Response, guard: StallGuard): Promise<void> {
  const reader = clone.body?.getReader();
  try {
    while (reader) {
      const { done, value } = await guard.within(reader.read());
      if (done) return;
      guard.count(value.length);
    }
  } catch {
    // Whoever reads the response is told.
  }
}

/** Returns the module in `bytes`, or the error that says what they are instead. */
export async function compileBytes(
  bytes: Uint8Array<ArrayBuffer>,
  url: URL,
): Promise<WebAssembly.Module> {
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== '\0asm') {
    const isPage = /^\s*</.test(String.fromCharCode(...bytes.subarray(0, 64)));
    throw new OsusumeError(
      'wasm_invalid',
      `${url} is ${isPage ? 'a web page' : 'something else'}, not a wasm module. Check that ` +
        'the file was uploaded, as application/wasm, and that the server does not answer every ' +
        "path with one page; with Vite's development server, add optimizeDeps: { exclude: " +
        "['osusume'] }.",
      { url: url.href },
    );
  }
  try {
    return await WebAssembly.compile(bytes);
  } catch (error) {
    throw compileError(error, url);
  }
}

function compileError(error: unknown, url: URL): OsusumeError {
  const message = messageOf(error);
  if (isBlocked()) {
    return new OsusumeError(
      'wasm_blocked',
      "The page's Content-Security-Policy forbids WebAssembly. Add 'wasm-unsafe-eval' to its " +
        'script-src.',
      { url: url.href, csp: "script-src 'wasm-unsafe-eval'" },
    );
  }
  if (error instanceof TypeError) return networkError(`${url} broke off (${message}).`, url);
  return new OsusumeError(
    'wasm_invalid',
    `${url} does not compile (${message}). It is damaged or cut short: upload it again.`,
    { url: url.href },
  );
}

function networkError(
  message: string,
  url: URL,
  fields: Record<string, unknown> = {},
): OsusumeError {
  return new OsusumeError('network', message, { url: url.href, ...fields });
}

/** Says whether a policy forbids to compile: then even a valid module fails. */
function isBlocked(): boolean {
  try {
    return !new WebAssembly.Module(SIMD_PROBE);
  } catch {
    return true;
  }
}
