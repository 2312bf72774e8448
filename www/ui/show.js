// @ts-check
// An item of any catalogue as the page draws it: its declared fields sorted by what they are for.

/** @typedef {import('../client/index.js').Field} Field */
/** @typedef {import('../client/index.js').Values} Values */
/** @typedef {{ name: string, type: 'category' | 'number' | 'date', value: string | number }} Fact */
/**
 * @typedef {object} Show
 * @property {number} id
 * @property {string} [key] its text id
 * @property {string} title the main one
 * @property {string} [url] its own page
 * @property {string} [image] a picture that may be fetched
 * @property {Record<string, string>} titles the other ones, by the names of their fields
 * @property {string[]} tags
 * @property {Record<string, string>} [texts] the values of linked text fields
 * @property {Fact[]} facts what fits on a line, in the order of the catalogue
 * @property {{ name: string, value: number }} [popularity]
 * @property {true} [preliminary] only its id and main title are here
 */
/** @typedef {Pick<Show, 'id' | 'key' | 'title' | 'url' | 'image'> & { fields?: Values }} Known an item, or a result with its fields */

/** @param {Show} show */
export const idOf = (show) => show.key ?? show.id;

/**
 * @param {Known} item
 * @param {Field[]} fields as the catalogue declares them
 * @param {(image: string | undefined) => string | undefined} imageOf the picture that may be fetched
 * @returns {Show}
 */
export function showOf({ id, key, title, url, image, fields: values = {} }, fields, imageOf) {
  const known = fields.filter(({ name }) => Object.hasOwn(values, name));
  const popularity = known.find(({ role }) => role === 'popularity')?.name;
  return {
    id, key, title, url,
    image: imageOf(image),
    titles: Object.fromEntries(known.filter(({ role }) => role === 'title').map(({ name }) => [name, String(values[name])])),
    texts: Object.fromEntries(known.filter(({ type, role }) => type === 'text' && role === undefined).map(({ name }) => [name, String(values[name])])),
    tags: known.flatMap(({ name, type }) => (type === 'tags' ? /** @type {string[]} */ (values[name]) : [])),
    facts: known.flatMap(({ name, type, role }) => (isFact(type) && (role === undefined || role === 'published') ? [{ name, type, value: /** @type {string | number} */ (values[name]) }] : [])),
    ...(popularity !== undefined && { popularity: { name: popularity, value: Number(values[popularity]) } }),
  };
}

/** @param {Field['type']} type @returns {type is Fact['type']} */
const isFact = (type) => type === 'category' || type === 'number' || type === 'date';

/** Returns a show of which only id and title are here. @param {Known} item @returns {Show} */
export const titleOnly = ({ id, key, title }) => ({ id, key, title, titles: {}, tags: [], facts: [], preliminary: true });
