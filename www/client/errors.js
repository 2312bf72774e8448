// @ts-check
// One error class for every face, and its way through postMessage, which would drop `code` and the other fields.

/** An error with a stable `code`, and whatever fields that code carries (`url`, `status`, `model`, …). */
export class OsusumeError extends Error {
  /** @param {string} code @param {string} message @param {Record<string, unknown>} [fields] */
  constructor(code, message, fields = {}) {
    super(message);
    Object.assign(this, fields);
    this.name = /** @type {const} */ ('OsusumeError');
    this.code = code;
  }
}

/** @typedef {{ name: string, message: string, code?: string, fields: Record<string, unknown> }} PlainError */

/**
 * Returns `error` as data that can be posted.
 * @param {unknown} error
 * @returns {PlainError}
 */
export function toPlain(error) {
  const { name = 'Error', message = String(error), code, ...fields } = Object(error);
  // A DOMException's `code` is an old number, not one of ours.
  return { name, message, code: typeof code === 'string' ? code : undefined, fields: cloneable(fields) };
}

/**
 * Returns the error that `plain` was made from; one that is not ours gets the code `internal`.
 * @param {PlainError} plain
 */
export function fromPlain({ name, message, code, fields }) {
  if (name === 'AbortError') return new DOMException(message, name);
  return new OsusumeError(code ?? 'internal', code ? message : `${name}: ${message}`, fields);
}

/** Returns `error` as the class above, whichever realm or wasm module threw it. @param {unknown} error */
export function toOsusumeError(error) {
  return error instanceof OsusumeError ? error : fromPlain(toPlain(error));
}

/** @param {Record<string, unknown>} fields */
function cloneable(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value !== 'function' && typeof value !== 'symbol'));
}
