// Requests one file, and says what is wrong when it does not come. No DOM.
import { fieldOf, messageOf, OsusumeError } from './errors.js';
import type { Fetch } from './protocol.js';

/** Requests a file; rejects unless it is there. */
export async function requestFile(
  url: string,
  fetch: Fetch,
  init?: RequestInit,
): Promise<Response> {
  const response = await fetch(url, init).catch(asFileError(url));
  const { status } = response;
  if (status === 404 || status === 410) {
    throw new OsusumeError(
      'file_missing',
      `${url} does not exist on the server; upload the whole release folder`,
      { url },
    );
  }
  if (status !== 200) {
    throw new OsusumeError(
      'http_status',
      `the server answered ${status} for ${url}; try again later`,
      { url, status },
    );
  }
  return response;
}

/** Turns an error of the platform into `network`, and adds the address to one of ours. */
export function asFileError(url: string): (error: unknown) => never {
  return (error) => {
    if (fieldOf(error, 'name') === 'OsusumeError') throw Object.assign(Object(error), { url });
    throw new OsusumeError(
      'network',
      `${url} cannot be fetched: offline, a wrong address, or a server without CORS headers ` +
        `for this page (${messageOf(error)})`,
      { url },
    );
  };
}
