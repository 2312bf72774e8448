import { open, OsusumeError, type Answer, type Because, type Id, type OpenOptions, type Request } from 'osusume';

const options: OpenOptions = { models: ['ncf'], worker: false, cache: false, fallback: 'https://api.example', wasm: new URL('https://cdn.example/x.wasm'), onProgress: ({ loaded, total }) => loaded / total, onWarning: ({ code }) => code };
const shop = await open(new URL('https://shop.example/embeddings/manifest.json'), options);
const backend: 'wasm' | 'http' = shop.backend;

const request: Request = {
  liked: [{ id: 1, weight: 2 }, { id: 'cowboy-bebop', weight: 1 }], disliked: [20, { id: 6 }], n: 5, model: { ncf: 0.7, synopsis: 0.3 },
  filter: { genres: ['Comedy'], excludeGenres: ['Horror'], types: ['TV'], years: [1990, 2010], minScore: 7, minMembers: 100, maxMembers: 10_000, exclude: [5], collapseSeries: true },
  niche: 0.5, diversity: 0.2, explain: true,
};
const answer: Answer = await shop.recommend(request, { signal: AbortSignal.timeout(1000), onTime: (ms: number) => ms });
for (const { id, title, score, because, byModel } of answer.items) {
  const seen: [number, string, number, Because[] | undefined, number | undefined] = [id, title, score, because, byModel?.ncf];
  void seen;
}
await shop.recommend({}); // a newcomer's start list
await shop.similar(1, { n: 3, model: 'ncf', filter: { types: ['TV'] }, explain: true });
const ids: Id[] = (await shop.find('bebop', 5)).map(({ key, id }) => key ?? id);
const { titles, models } = await shop.item(ids[0]);
const english: string | undefined = titles.english;
shop.close();

try {
  await shop.info();
} catch (error) {
  if (error instanceof OsusumeError) console.log(error.code, error.url);
}

// @ts-expect-error a Map would be read as an empty request
await shop.recommend(new Map([['liked', [1]]]));
// @ts-expect-error
await shop.recommend({ liked: new Set([1]) });
// @ts-expect-error a BigInt is not an id
await shop.recommend({ liked: [1n] });
// @ts-expect-error
await shop.similar(1n);
// @ts-expect-error
await shop.item(undefined);
// @ts-expect-error one id is a list of one
await shop.recommend({ liked: 1 });
// @ts-expect-error
await shop.recommend({ liked: [1], n: '10' });
// @ts-expect-error no such field
await shop.recommend({ liked: [1], count: 10 });
// @ts-expect-error
await shop.recommend({ liked: [1], filter: { years: [1990] } });
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
void [backend, models, english];
