// SHA-256 as the manifest has it, and the error of a file that has another. No DOM.
import { OsusumeError } from './errors.js';

/** Returns the SHA-256 of bytes in hexadecimal digits. */
export const hexSha256 = async (bytes: BufferSource, subtle: SubtleCrypto): Promise<string> =>
  hex(await subtle.digest('SHA-256', bytes));

/** Returns bytes in hexadecimal digits. */
export const hex = (bytes: ArrayBuffer | Uint8Array): string =>
  Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');

export const altered = (name: string) =>
  new OsusumeError(
    'integrity',
    `${name}: its content is not what the manifest says; fetch it again`,
  );
