// @ts-check
// Says whether the page works without a connection, whether it does so now, and what it cannot keep.

/** Warnings of the client after which nothing is kept. */
const NOT_KEPT = ['cache_refused', 'cache_full', 'http_fallback'];

/**
 * @param {HTMLElement} badge
 * @param {ReturnType<typeof import('./notices.js').createNotices>} notices
 * @param {import('./voice.js').Voice} voice
 */
export function createConnection(badge, notices, voice) {
  /** @type {Set<string>} */
  const warned = new Set();
  let isReady = false;

  function draw() {
    const { say } = voice;
    const isOffline = warned.has('offline');
    badge.hidden = !isOffline && !isReady;
    badge.dataset.state = isOffline ? 'offline' : 'ready';
    badge.textContent = badge.hidden ? '' : say(isOffline ? 'offlineNow' : 'offlineReady');
    badge.title = isReady ? say('offlineReadyText') : '';
    notices.set('onlineOnly', warned.has('cache_full') ? say('onlineOnlyFull') : warned.has('cache_refused') ? say('onlineOnly') : '');
  }

  return {
    draw,
    /** Takes in a warning of the client. @param {{ code: string }} warning */
    warn({ code }) {
      warned.add(code);
      draw();
    },
    /** Says that the page's own files are kept, or no longer; the release is, unless the client warned otherwise. @param {boolean} isKept */
    keeps(isKept) {
      isReady = isKept && !NOT_KEPT.some((code) => warned.has(code));
      draw();
    },
  };
}
