/**
 * Asks the browser not to evict the page's files when it needs room. The page is kept whatever it
 * answers.
 */
export async function askToPersist({ storage, permissions, userAgent }: Navigator) {
  try {
    if (await storage.persisted()) return;
    // Safari knows no such permission, and decides by itself.
    const name = 'persistent-storage';
    const state = await permissions.query({ name }).then(
      (status) => status.state,
      () => 'unknown',
    );
    // Chromium answers "prompt" too, but decides without a question. Firefox would ask the visitor,
    // who has not asked for anything to be kept; a page without that right works as well.
    if (state === 'denied' || (state === 'prompt' && /Firefox\//.test(userAgent))) return;
    await storage.persist();
  } catch {
    // no storage manager, or one that refuses
  }
}
