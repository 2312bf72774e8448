// @ts-check
// Hands a link on: by the device's share sheet where there is one, else by the clipboard, else as text to copy.

/**
 * @param {Window & typeof globalThis} view
 * @param {string} url @param {string} title
 * @returns {Promise<'shared' | 'copied' | 'refused'>}
 */
export async function share({ navigator }, url, title) {
  if (navigator.share && (navigator.canShare?.({ url, title }) ?? true)) {
    try {
      await navigator.share({ url, title });
      return 'shared';
    } catch (error) {
      if (Object(error).name === 'AbortError') return 'shared'; // the visitor thought better of it
    }
  }
  try {
    await navigator.clipboard.writeText(url);
    return 'copied';
  } catch {
    return 'refused';
  }
}
