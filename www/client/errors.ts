// One error class for every part, and its way through postMessage, which drops `code` and other
// fields.
import { CLASSES, type OsusumeErrorClass, type OsusumeErrorCode } from './codes.js';

/**
 * An error, with a stable `code`, a `class`, and a message that says what to do; some codes carry
 * more fields.
 *
 * | code | fields |
 * | --- | --- |
 * | `network`, `http_status`, `file_missing` | `url`, `status` |
 * | `model_not_loaded`, `text_not_loaded` | `model` |
 * | `wasm_unsupported` | `missing`: what the browser lacks |
 * | `wasm_blocked` | `csp`: what to add to the page's policy |
 * | `wasm_missing`, `wasm_invalid` | `url` |
 * | every code of a `fallback` server | `url`, `status`, `hint`, perhaps `candidates` |
 */
export class OsusumeError extends Error {
  override readonly name = 'OsusumeError';
  readonly code: OsusumeErrorCode;
  readonly class: OsusumeErrorClass;
  [field: string]: unknown;

  constructor(
    code: OsusumeErrorCode,
    message: string,
    fields: Record<string, unknown> & { class?: OsusumeErrorClass | undefined } = {},
  ) {
    super(message);
    Object.assign(this, fields);
    this.code = code;
    this.class = fields.class ?? CLASSES[code] ?? 'fault';
  }
}

/** An error as data that can be posted. */
export interface PlainError {
  name: string;
  message: string;
  code: OsusumeErrorCode | undefined;
  fields: Record<string, unknown>;
}

/** A property of anything that was thrown, in whatever realm. */
export function fieldOf(error: unknown, name: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, name) : undefined;
}

/** The code of an error of ours, also of one that the wasm module or another realm made. */
export function codeOf(error: unknown): OsusumeErrorCode | undefined {
  const code = fieldOf(error, 'code');
  // Another error's code is not one of ours: a DOMException's is a number, Node's is a word.
  if (fieldOf(error, 'name') !== 'OsusumeError' || typeof code !== 'string') return undefined;
  return code as OsusumeErrorCode; // a list of codes would cost every visitor a kilobyte
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return String(fieldOf(error, 'message') ?? error);
}

/** Returns `error` as data that can be posted. */
export function toPlain(error: unknown): PlainError {
  const fields: Record<string, unknown> = {};
  const own = typeof error === 'object' && error !== null ? Object.entries(error) : [];
  for (const [name, value] of own) {
    const isData = typeof value !== 'function' && typeof value !== 'symbol';
    if (isData && !['name', 'message', 'code'].includes(name)) fields[name] = value;
  }
  const name = String(fieldOf(error, 'name') ?? 'Error');
  return { name, message: messageOf(error), code: codeOf(error), fields };
}

/** Returns the error that `plain` was made from; one that is not ours gets the code `internal`. */
export function fromPlain({
  name,
  message,
  code,
  fields,
}: PlainError): OsusumeError | DOMException {
  if (name === 'AbortError') return new DOMException(message, name);
  if (code) return new OsusumeError(code, message, fields);
  return new OsusumeError('internal', `${name}: ${message}`, fields);
}

/** Returns `error` as the class above, whichever realm or wasm module threw it. */
export function toOsusumeError(error: unknown): OsusumeError | DOMException {
  return error instanceof OsusumeError ? error : fromPlain(toPlain(error));
}
