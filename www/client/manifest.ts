// Fetches a release's manifest. Who uses it checks it.
import { OsusumeError } from './errors.js';
import type { Fetch } from './protocol.js';
import { asFileError, requestFile } from './request-file.js';

/** Fetches the manifest, unchecked. The browser revalidates a cached copy. */
export async function fetchManifest(
  url: string,
  fetch: Fetch,
  init?: RequestInit,
): Promise<unknown> {
  const response = await requestFile(url, fetch, { cache: 'no-cache', ...init });
  const text = await response.text().catch(asFileError(url));
  try {
    return JSON.parse(text);
  } catch {
    throw new OsusumeError(
      'manifest_invalid',
      `the manifest is not valid: ${url} is not JSON, a wrong address or an error page; fetch ` +
        'or pack it again',
    );
  }
}
