// A server that answers if the engine cannot run. Its client is fetched when it is needed.
import { codeOf, fieldOf, messageOf } from './errors.js';
import type { Backend, Listener } from './protocol.js';

/** Codes that say that the engine cannot run here, whatever release it is given. */
const CANNOT_RUN = new Set([
  'wasm_unsupported',
  'wasm_blocked',
  'wasm_missing',
  'wasm_invalid',
  'unsupported',
  'out_of_memory',
]);

/**
 * Settles as `opening` does; but if the engine cannot run and `fallback` names a server, with
 * that one.
 */
export async function withServerFallback(
  opening: Promise<Backend>,
  fallback: string | undefined,
  { onWarning }: Listener,
): Promise<Backend> {
  try {
    return await opening;
  } catch (error) {
    const cannotRun = fieldOf(error, 'part') === 'wasm' || CANNOT_RUN.has(codeOf(error) ?? '');
    if (fallback === undefined || !cannotRun) throw error;
    onWarning?.({
      code: 'http_fallback',
      message: `${fallback} answers instead of this device: ${messageOf(error)}`,
      cause: codeOf(error) ?? 'internal',
    });
    const { openServerBackend } = await import('./server-backend.js');
    return openServerBackend(fallback.replace(/\/(v1\/?)?$/, ''));
  }
}
