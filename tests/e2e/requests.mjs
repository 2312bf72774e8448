// Requests drawn by seed, so that every field of a request is asked for, alone and together with others.

/** @typedef {import('#client/index.js').Request} Request */
/** @typedef {import('#client/index.js').Item} Item */

/** What people might write, each with something that is known. */
const WORDS = [
  'lonely',
  'astronauts',
  'in a SCHOOL',
  'cooking',
  'ghosts',
  'café',
  'robots at war',
  'tennis',
  'of',
  'who pay off debts',
  'magical girls',
  '1990',
];
/** What they might write as well. */
const ODDITIES = [
  '🐈',
  '<b>',
  'xqzwv',
  'ÅÄÖ',
  '宇宙',
  '\u202eabc',
  'don’t',
  '#+#',
  '\0',
  'ﬁ',
  'x'.repeat(300),
];

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
  return Array.from(
    { length: Math.min(count, left.length) },
    () => left.splice(Math.floor(random() * left.length), 1)[0],
  );
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
  const number = (/** @type {number} */ low, /** @type {number} */ high, places = 2) =>
    Number((low + random() * (high - low)).toFixed(places));
  const genres = [...new Set(known.flatMap(({ fields }) => fields.genres ?? []))]
    .map(String)
    .sort();
  const types = [...new Set(known.flatMap(({ fields }) => fields.type ?? []))].map(String).sort();

  /** @param {number} most */
  const weighted = (most) =>
    sample(ids, 1 + under(most), random).map((id) =>
      chance(0.5) ? id : { id, ...(chance(0.8) && { weight: number(0.01, 10) }) },
    );
  const model = () => {
    if (chance(0.4)) return one(models);
    return Object.fromEntries(
      sample(models, 1 + under(models.length), random).map((name) => [name, number(0.05, 5)]),
    );
  };
  const text = () => {
    const titled = one(known).title;
    if (chance(0.2) && /^[a-z]{4,} [a-z]{4,}/i.test(titled)) return titled;
    const words = [
      ...sample(WORDS, 1 + under(5), random),
      ...(chance(0.4) ? sample(ODDITIES, 1 + under(3), random) : []),
    ];
    return sample(words, words.length, random)
      .join(' ')
      .repeat(chance(0.05) ? 500 : 1);
  };
  // The recorded answers hold for these numbers in this order: a change here draws other requests.
  const filtered = () => {
    const from = 1960 + under(60);
    const all = chance(0.3) && sample(genres, 1 + under(2), random);
    const none = chance(0.3) && sample(genres, 1 + under(4), random);
    const any = chance(0.3) && sample(types, 1 + under(3), random);
    const years = chance(0.3) && { min: from, max: from + under(40) };
    // Rounded up as the engine that was recorded did: 8.21 × 100 is a little more than 821.
    const score = chance(0.3) && { min: Math.ceil(number(4, 9) * 100) / 100 };
    const least = chance(0.3) && { min: under(50_000) };
    const most = chance(0.3) && { max: 1000 + under(500_000) };
    return {
      filter: {
        ...((all || none) && { genres: { ...(all && { all }), ...(none && { none }) } }),
        ...(any && { type: { any } }),
        ...(years && { year: years }),
        ...(score && { score }),
        ...((least || most) && { members: { ...least, ...most } }),
      },
      // Mostly a few, sometimes thousands, some of them unknown here.
      ...(chance(0.4) && {
        exclude: [
          ...sample(ids, chance(0.2) ? 2000 + under(7000) : 1 + under(20), random),
          ...(chance(0.5) ? [4_000_000_000 + under(1000)] : []),
        ],
      }),
      ...(chance(0.4) && { collapse: chance(0.8) }),
    };
  };
  return Array.from({ length: count }, () => ({
    ...(chance(0.94) && { liked: chance(0.25) ? [one(ids)] : weighted(12) }),
    ...(chance(0.35) && { text: text() }),
    ...(chance(0.4) && { disliked: weighted(4) }),
    ...(chance(0.9) && { limit: chance(0.05) ? 1000 : 1 + under(40) }),
    ...(chance(0.8) && { model: model() }),
    ...(chance(0.7) && filtered()),
    ...(chance(0.4) && { niche: chance(0.2) ? under(2) : number(0, 1) }),
    ...(chance(0.4) && { diversity: chance(0.2) ? under(2) : number(0, 1) }),
    ...(chance(0.6) && { explain: chance(0.9) }),
  }));
}

/**
 * Returns `count` requests over whatever fields a catalogue declares: conditions of every kind, watch lists, unknown ids, wanted
 * fields.
 *
 * @param {number} seed
 * @param {number} count
 * @param {{ ids: number[], models: string[], fields: import('#client/index.js').Field[] }} release
 * @returns {Request[]}
 */
export function declaredRequests(seed, count, { ids, models, fields }) {
  const random = randoms(seed);
  const under = (/** @type {number} */ most) => Math.floor(random() * most);
  const chance = (/** @type {number} */ part) => random() < part;
  const some = (/** @type {number} */ most) => sample(ids, 1 + under(most), random);
  const unknown = () => (chance(0.3) ? [4_000_000_000 + under(1000)] : []);
  const cased = (/** @type {string[]} */ names) =>
    names.map((name) => (chance(0.2) ? name.toUpperCase() : name));

  /** @param {import('#client/index.js').Field} field @returns {[string, import('#client/index.js').Condition][]} */
  const condition = (field) => {
    if (field.type === 'text' || !chance(0.35)) return [];
    if (field.type === 'tags' || field.type === 'category') {
      const names = (/** @type {number} */ most) =>
        cased(sample(field.values.slice(0, 20), under(most + 1), random));
      return [
        [
          field.name,
          {
            ...(chance(0.6) && { any: names(4) }),
            ...(chance(0.3) && { all: names(2) }),
            ...(chance(0.4) && { none: names(4) }),
          },
        ],
      ];
    }
    if (field.type === 'date') {
      const [first, last] = [field.min, field.max].map((day) => Date.parse(String(day)));
      const day = () =>
        new Date(first + random() * (last - first)).toISOString().slice(0, 4 + 3 * under(3)); // a year, a month or a day
      return [[field.name, chance(0.5) ? { min: day() } : { max: day() }]];
    }
    const [low, high] = [Number(field.min), Number(field.max)];
    const bound = () => Number((low + random() * (high - low)).toFixed(2));
    const from = bound();
    return [
      [
        field.name,
        {
          ...(chance(0.5) && { min: from }),
          ...(chance(0.5) && { max: chance(0.9) ? Math.max(from, bound()) : bound() }),
        },
      ],
    ];
  };
  return Array.from({ length: count }, () => ({
    ...(chance(0.85) && { liked: [...some(6), ...unknown()] }),
    ...(chance(0.3) && { disliked: [...some(3), ...unknown()] }),
    limit: 1 + under(30),
    ...(chance(0.7) && { model: models[under(models.length)] }),
    ...(chance(0.7) && { filter: Object.fromEntries(fields.flatMap(condition)) }),
    ...(chance(0.4) && { only: [...some(chance(0.3) ? 5 : 3000), ...unknown()] }),
    ...(chance(0.4) && { exclude: [...some(chance(0.5) ? 10 : 2000), ...unknown()] }),
    ...(chance(0.5) && { collapse: chance(0.8) }),
    ...(chance(0.3) && { niche: Number(random().toFixed(2)) }),
    ...(chance(0.3) && { diversity: Number(random().toFixed(2)) }),
    ...(chance(0.5) && { explain: true }),
    ...(chance(0.7) && {
      fields: sample(
        fields.map(({ name }) => name),
        1 + under(fields.length),
        random,
      ),
    }),
  }));
}

/** Writes a value as RFC 8785 has it: sorted keys, numbers as JavaScript writes them. @param {any} value @returns {string} */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map((each) => canonical(each)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const names = Object.keys(value).sort(); // by UTF-16 code units, as it says
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}
