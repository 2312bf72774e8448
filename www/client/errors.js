// @ts-check
// One error class for every face, and its way through postMessage, which would drop `code` and the other fields.

/** @typedef {import('./index.d.ts').OsusumeErrorCode} Code */
/** @typedef {import('./index.d.ts').OsusumeErrorClass} Class */

/** The class of each error that the client itself raises and that is no fault. A test writes it. @type {Partial<Record<Code, Class>>} */
const CLASSES = {
  // table of errors: begin
  closed: 'caller',
  http_status: 'notReady',
  network: 'notReady',
  no_map: 'caller',
  profile_invalid: 'caller',
  profile_too_large: 'caller',
  release_changed: 'notReady',
  request_invalid: 'caller',
  unknown_model: 'caller',
  unsupported: 'caller',
  wasm_unsupported: 'caller',
  worker_lost: 'notReady',
  // table of errors: end
};

/** An error with a stable `code`, its `class`, and whatever fields that code carries (`url`, `status`, `model`, …). */
export class OsusumeError extends Error {
  /** @param {Code} code @param {string} message @param {Record<string, unknown> & { class?: Class }} [fields] */
  constructor(code, message, fields = {}) {
    super(message);
    Object.assign(this, fields);
    this.name = /** @type {const} */ ('OsusumeError');
    this.code = code;
    this.class = fields.class ?? CLASSES[code] ?? 'fault';
  }
}

/** @typedef {{ name: string, message: string, code?: Code, fields: Record<string, unknown> }} PlainError */

/**
 * Returns `error` as data that can be posted.
 * @param {unknown} error
 * @returns {PlainError}
 */
export function toPlain(error) {
  const { name = 'Error', message = String(error), code, ...fields } = Object(error);
  // The code of another error is not one of ours: a DOMException's is a number, that of Node a word.
  return { name, message, code: name === 'OsusumeError' ? code : undefined, fields: cloneable(fields) };
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
