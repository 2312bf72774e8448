import {
  type Answer,
  type Because,
  type ClientWarningCode,
  type Condition,
  type Field,
  type Id,
  type Load,
  type OpenOptions,
  OsusumeError,
  type OsusumeErrorCode,
  open,
  type Part,
  type Request,
  type Value,
  type Warning,
} from 'osusume';

const options: OpenOptions = {
  load: 'all',
  worker: false,
  cache: false,
  fallback: 'https://api.example',
  wasm: new URL('https://cdn.example/x.wasm'),
  onProgress: ({ loaded, total }) => loaded / total,
  onWarning: ({ code }) => code,
};
const shop = await open(new URL('https://shop.example/embeddings/manifest.json'), options);
const backend: 'files' | 'wasm' | 'http' = shop.backend;

const request: Request = {
  liked: [
    { id: 1, weight: 2 },
    { id: 'cowboy-bebop', weight: 1 },
  ],
  disliked: [20, { id: 6 }],
  limit: 5,
  model: { ncf: 0.7, synopsis: 0.3 },
  filter: {
    genres: { all: ['Comedy'], none: ['Horror'] },
    type: { any: ['TV'] },
    year: { min: 1990, max: 2010 },
    since: { min: '2020-05' },
  },
  only: [6, 'trigun'],
  exclude: [5],
  collapse: true,
  niche: 0.5,
  diversity: 0.2,
  explain: true,
  fields: ['year', 'genres'],
};
const answer: Answer = await shop.recommend(request, {
  signal: AbortSignal.timeout(1000),
  onTime: (ms: number) => ms,
});
for (const { id, title, url, score, fields, because, byModel } of answer.items) {
  const seen: [
    number,
    string,
    string | undefined,
    number,
    Value | undefined,
    Because[] | undefined,
    number | undefined,
  ] = [id, title, url, score, fields?.year, because, byModel?.ncf];
  void seen;
}
await shop.recommend({}); // a newcomer's start list
const loads: Load[] = ['related', 'default', 'all'];
const parts: Part[] = ['default', 'stories', 'words', 'map'];
for (const part of parts) await shop.ready(part);
await shop.ready();
await shop.related(1, { limit: 3, model: 'ncf', filter: { type: { any: ['TV'] } }, explain: true });
const ids: Id[] = (await shop.find('bebop', 5)).map(({ key, id }) => key ?? id);
const { fields, models } = await shop.item(ids[0]);
const english: Value = fields.english;
const several: { title: string }[] = await shop.items(ids);
/** Returns the choices of a form: the compiler knows which types have values and which have bounds. */
function boundsOf(field: Field): [unknown, unknown] | string[] {
  switch (field.type) {
    case 'tags':
    case 'category':
      return field.values;
    case 'number':
    case 'date':
      return [field.min, field.max];
    case 'text':
      return [];
  }
}
const choices = (await shop.info()).fields.map(boundsOf);
function idsOf(warning: Warning): Id[] {
  if (warning.code === 'partly_covered') return warning.missing;
  return warning.code === 'unknown_ids' || warning.code === 'is_title' ? warning.ids : [];
}
const named = answer.warnings.flatMap(idsOf);
const condition: Condition = { none: ['Horror'] };
shop.close();

try {
  await shop.info();
} catch (error) {
  if (error instanceof OsusumeError)
    console.log(error.code === 'network', error.class === 'notReady', error.url);
}

// @ts-expect-error a Map would be read as an empty request
await shop.recommend(new Map([['liked', [1]]]));
// @ts-expect-error
await shop.recommend({ liked: new Set([1]) });
// @ts-expect-error a BigInt is not an id
await shop.recommend({ liked: [1n] });
// @ts-expect-error
await shop.related(1n);
// @ts-expect-error
await shop.item(undefined);
// @ts-expect-error one id is a list of one
await shop.recommend({ liked: 1 });
// @ts-expect-error
await shop.recommend({ liked: [1], limit: '10' });
// @ts-expect-error no such part
await shop.ready('ncf');
// @ts-expect-error no such load
await open('manifest.json', { load: 'some' });
// @ts-expect-error no such code
const wrong: OsusumeErrorCode = 'no_such_code';
// @ts-expect-error no such warning
const unknown: ClientWarningCode = 'no_such_code';
// @ts-expect-error the old name
await shop.recommend({ liked: [1], n: 10 });
// @ts-expect-error no such field
await shop.recommend({ liked: [1], count: 10 });
// @ts-expect-error
await shop.recommend({ liked: [1], filter: { year: [1990] } });
// @ts-expect-error
await shop.recommend({ liked: [1], filter: { year: { from: 1990 } } });
// @ts-expect-error names or bounds, never both
await shop.recommend({ liked: [1], filter: { year: { min: 1990, any: ['x'] } } });
// @ts-expect-error no such warning
if (answer.warnings[0].code === 'worker_blocked') throw new Error();
// @ts-expect-error
await shop.recommend({ liked: [1], model: ['ncf'] });
// @ts-expect-error
await shop.recommend({ liked: [{ id: 1, weight: '2' }] });
// @ts-expect-error
await shop.recommend({ liked: [{ weight: 2 }] });
// @ts-expect-error
await shop.find(5);
// @ts-expect-error
await open();
// @ts-expect-error
await open('manifest.json', { worker: 'yes' });
// @ts-expect-error
shop.backend = 'http';
void [backend, models, english, several, choices, named, condition, loads, wrong, unknown];
