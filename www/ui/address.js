// @ts-check
// The page's state in its address: `#id=1`. After the `#`, so that opening a shared link tells the server nothing.

/**
 * Returns the id that an address names, a number where it is one, else the catalogue's text id.
 * @param {{ hash: string, search: string }} address `location`, say; `?id=1` is understood too
 * @returns {number | string | undefined}
 */
export function idOf({ hash, search }) {
  const text = new URLSearchParams(hash.slice(1)).get('id') ?? (hash.length > 1 ? null : new URLSearchParams(search).get('id'));
  if (text === null || text.trim() === '') return undefined;
  return /^\d{1,10}$/.test(text) ? Number(text) : text;
}

/** Returns the link to a show. @param {number | string} id */
export function hrefOf(id) {
  return `#${new URLSearchParams({ id: String(id) })}`;
}
