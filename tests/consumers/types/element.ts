import { open } from 'osusume';
import type { OsusumeRelated } from 'osusume/element';

const element: OsusumeRelated = document.createElement('osusume-related');
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
element.images = true;
element.publicKey = null;
// @ts-expect-error
element.images = 'yes';
