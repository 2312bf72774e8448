// Catalogues of others than the anime, made up: films in the form of RecBole, and the products and orders of a shop.

import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { COMMAND } from './faces.mjs';
import { ROOT } from './harness.mjs';

const FILMS = 130;
const GENRES = ['Comedy', 'Drama', 'Action Thriller', "Children's Animation"];
const KINDS = ['Lamp', 'Chair', 'Shelf', 'Rug', 'Clock'];
const BRANDS = ['Aska', 'Björk', 'Crane & Co', ''];
const COLOURS = ['red', 'green', 'blue'];
const FAMILIES = 45;
const USERS = 90;

/** Whom a user likes: two of five, and none of every fourth. @param {number} user @param {number} id */
const isLiked = (user, id) => (user * 7 + id * 3) % 5 < 2 && id % 4 !== user % 4;

/** Writes `ml.item` and `ml.inter`, whose shape is that of RecBole's MovieLens 100k. @param {string} folder */
export async function writeFilms(folder) {
  const films = Array.from({ length: FILMS }, (_, at) => ({
    id: at + 1,
    title: `Film ${at + 1}`,
    year: 1950 + (at % 50),
    genres: GENRES[at % GENRES.length],
  }));
  const lines = ['user_id:token\titem_id:token\trating:float\ttimestamp:float'];
  for (let user = 1; user <= USERS; user += 1)
    for (const { id } of films)
      if (isLiked(user, id))
        lines.push(`${user}\t${id}\t${1 + ((user + id) % 5)}\t88125${user}${id}`);
  await writeFile(
    join(folder, 'ml.item'),
    [
      'item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq',
      ...films.map(({ id, title, year, genres }) => `${id}\t${title}\t${year}\t${genres}`),
      '',
    ].join('\n'),
  );
  await writeFile(join(folder, 'ml.inter'), `${lines.join('\n')}\n`);
  return films;
}

/** Writes `products.csv` and `orders.csv`, as examples/shop.toml reads them. Some brands and prices are unknown. @param {string} folder */
export async function writeShop(folder) {
  const products = Array.from({ length: FAMILIES * COLOURS.length }, (_, at) => {
    const family = Math.floor(at / COLOURS.length);
    const [kind, colour] = [KINDS[family % KINDS.length], COLOURS[at % COLOURS.length]];
    const sku = `${kind.toLowerCase()}-${family}-${colour}`;
    return {
      sku,
      family: `${kind} ${family}`,
      name: `${kind} No. ${family}, ${colour}`,
      brand: BRANDS[(family * 3) % BRANDS.length],
      price: at % 17 === 5 ? '' : String(5 + ((at * 37) % 400) + 0.99),
      colours: at % 4 === 0 ? `${colour}/white` : colour,
      sold: (at * 53) % 211,
      since: `20${String(10 + (family % 14))}-0${1 + (family % 9)}-1${family % 10}`,
      url: `products/${sku}.html`,
    };
  });
  const columns = /** @type {const} */ ([
    'sku',
    'name',
    'brand',
    'price',
    'family',
    'colours',
    'sold',
    'since',
    'url',
  ]);
  const rows = products.map((product) => columns.map((column) => `"${product[column]}"`).join(','));
  const orders = ['user_id,item_id'];
  for (let user = 1; user <= USERS; user += 1)
    for (const [at, { sku }] of products.entries())
      if (isLiked(user, at + 1)) orders.push(`${user},${sku}`);
  await writeFile(join(folder, 'products.csv'), `${[columns.join(','), ...rows].join('\n')}\n`);
  await writeFile(join(folder, 'orders.csv'), `${orders.join('\n')}\n`);
  return products;
}

/** Builds a release. @param {string} folder @param {{ ratings: string, catalogue: string, recipe: string, name: string }} how files of the folder, a recipe and the name of the release @returns {string} its folder */
export function buildRelease(folder, { ratings, catalogue, recipe, name }) {
  const release = join(folder, name);
  execFileSync(
    COMMAND,
    [
      'build',
      '--ratings',
      join(folder, ratings),
      '--catalogue',
      join(folder, catalogue),
      '--recipe',
      recipe,
      '--out',
      release,
      '--work',
      join(folder, 'work'),
    ],
    { stdio: 'pipe' },
  );
  return release;
}

/** Builds the site of a release. @param {string} release @returns {string} its folder */
export function buildSite(release) {
  const out = `${release}-site`;
  execFileSync('sh', [join(ROOT, 'pkg-scripts/build-site.sh')], {
    env: { ...process.env, EMBEDDINGS: release, OUT: out },
    stdio: 'pipe',
  });
  return out;
}

/** The policy that the built page would be sent with. @param {string} site */
export const policyOf = async (site) =>
  /Content-Security-Policy: (.*)/.exec(await readFile(join(site, '_headers'), 'utf8'))?.[1] ?? '';
