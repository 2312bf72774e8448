// @ts-check
// Opens the map of the catalogue: its view and its data are fetched when it is first wanted.

/** @typedef {Awaited<ReturnType<typeof import('./map/view.js').createMap>>} MapView */

/**
 * @param {HTMLDialogElement} dialog
 * @param {import('./ui/voice.js').Voice} voice
 * @param {Promise<import('./client/index.js').Osusume>} client
 * @param {import('./map/view.js').Wiring} wiring
 */
export function createMapping(dialog, voice, client, wiring) {
  /** @type {Promise<MapView> | undefined} */
  let view;
  let latest = 0;

  /** @returns {Promise<MapView>} */
  function load() {
    view ??= Promise.all([client.then((opened) => opened.map()), import('./map/view.js')]).then(([map, { createMap }]) => createMap(dialog, voice, map, wiring)).catch((error) => {
      view = undefined; // tried again the next time
      throw error;
    });
    return view;
  }

  return {
    /** Opens it, or lights up other shows. @param {number[]} liked @param {number[]} results */
    async show(liked, results) {
      const turn = ++latest;
      const opened = await load();
      if (turn === latest) opened.show(liked, results);
    },
    /** Closes it, where the address no longer asks for it. */
    hide() {
      latest += 1;
      view?.then((opened) => opened.hide(), () => {});
    },
  };
}
