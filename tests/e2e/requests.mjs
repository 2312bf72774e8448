// Requests drawn by seed, so that every field of a request is asked for, alone and together with others.

/** @typedef {import('../../www/client/index.js').Request} Request */
/** @typedef {import('../../www/client/index.js').Item} Item */

/** What people might write, each with something that is known. */
const WORDS = ['lonely', 'astronauts', 'in a SCHOOL', 'cooking', 'ghosts', 'café', 'robots at war', 'tennis', 'of', 'who pay off debts', 'magical girls', '1990'];
/** What they might write as well. */
const ODDITIES = ['🐈', '<b>', 'xqzwv', 'ÅÄÖ', '宇宙', '\u202eabc', 'don’t', '#+#', '\0', 'ﬁ', 'x'.repeat(300)];

/** Numbers from 0 to 1, the same for the same seed (mulberry32). @param {number} seed */
export function randoms(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Returns `count` different ones. @template T @param {readonly T[]} all @param {number} count @param {() => number} random */
export function sample(all, count, random) {
  const left = [...all];
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(Math.floor(random() * left.length), 1)[0]);
}

/**
 * Returns `count` requests, the same for the same seed and release.
 *
 * @param {number} seed
 * @param {number} count
 * @param {{ ids: number[], models: string[], known: Item[] }} release every id, every model, and some items, whose facts the filters are made of
 * @returns {Request[]}
 */
export function requests(seed, count, { ids, models, known }) {
  const random = randoms(seed);
  const under = (/** @type {number} */ most) => Math.floor(random() * most);
  const chance = (/** @type {number} */ part) => random() < part;
  /** @template T @param {readonly T[]} all @returns {T} */
  const one = (all) => all[under(all.length)];
  /** To so many places, so that the text of a request is short. */
  const number = (/** @type {number} */ low, /** @type {number} */ high, places = 2) => Number((low + random() * (high - low)).toFixed(places));
  const genres = [...new Set(known.flatMap((item) => item.genres))].sort();
  const types = [...new Set(known.flatMap(({ type }) => type ?? []))].sort();

  /** @param {number} most */
  const weighted = (most) => sample(ids, 1 + under(most), random).map((id) => (chance(0.5) ? id : { id, ...(chance(0.8) && { weight: number(0.01, 10) }) }));
  const model = () => {
    if (chance(0.4)) return one(models);
    return Object.fromEntries(sample(models, 1 + under(models.length), random).map((name) => [name, number(0.05, 5)]));
  };
  const text = () => {
    const titled = one(known).title;
    if (chance(0.2) && /^[a-z]{4,} [a-z]{4,}/i.test(titled)) return titled;
    const words = [...sample(WORDS, 1 + under(5), random), ...(chance(0.4) ? sample(ODDITIES, 1 + under(3), random) : [])];
    return sample(words, words.length, random).join(' ').repeat(chance(0.05) ? 500 : 1);
  };
  const filter = () => {
    const from = 1960 + under(60);
    return {
      ...(chance(0.3) && { genres: sample(genres, 1 + under(2), random) }),
      ...(chance(0.3) && { excludeGenres: sample(genres, 1 + under(4), random) }),
      ...(chance(0.3) && { types: sample(types, 1 + under(3), random) }),
      ...(chance(0.3) && { years: /** @type {[number, number]} */ ([from, from + under(40)]) }),
      ...(chance(0.3) && { minScore: number(4, 9) }),
      ...(chance(0.3) && { minMembers: under(50_000) }),
      ...(chance(0.3) && { maxMembers: 1000 + under(500_000) }),
      // Mostly a few, sometimes thousands, some of them unknown here.
      ...(chance(0.4) && { exclude: [...sample(ids, chance(0.2) ? 2000 + under(7000) : 1 + under(20), random), ...(chance(0.5) ? [4_000_000_000 + under(1000)] : [])] }),
      ...(chance(0.4) && { collapseSeries: chance(0.8) }),
    };
  };
  return Array.from({ length: count }, () => ({
    ...(chance(0.94) && { liked: chance(0.25) ? [one(ids)] : weighted(12) }),
    ...(chance(0.35) && { text: text() }),
    ...(chance(0.4) && { disliked: weighted(4) }),
    ...(chance(0.9) && { n: chance(0.05) ? 1000 : 1 + under(40) }),
    ...(chance(0.8) && { model: model() }),
    ...(chance(0.7) && { filter: filter() }),
    ...(chance(0.4) && { niche: chance(0.2) ? under(2) : number(0, 1) }),
    ...(chance(0.4) && { diversity: chance(0.2) ? under(2) : number(0, 1) }),
    ...(chance(0.6) && { explain: chance(0.9) }),
  }));
}

/** Writes a value as RFC 8785 has it: sorted keys, numbers as JavaScript writes them. @param {any} value @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const names = Object.keys(value).sort(); // by UTF-16 code units, as it says
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}
