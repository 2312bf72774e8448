import { open } from 'osusume';
import type { OsusumeSimilar } from 'osusume/element';

const element: OsusumeSimilar = document.createElement('osusume-similar');
element.manifest = '/embeddings/manifest.json';
element.item = 1;
element.addEventListener('osusume-results', ({ detail }) => detail.items[0].title);
element.addEventListener('osusume-error', ({ detail }) => detail.code);
await open('/embeddings/manifest.json', {
  worker: () => new Worker('/worker.js', { type: 'module' }),
});
// @ts-expect-error
element.item = 1n;
// @ts-expect-error
element.items = [1];
