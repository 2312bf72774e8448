// What the page's modules ask of a browser while they load, for tests that need no other part of one.

const element = { dataset: {}, lang: '' };
Object.assign(globalThis, {
  document: {
    baseURI: 'https://site.example/films/',
    title: 'Films',
    documentElement: element,
    querySelector: () => null,
    querySelectorAll: () => [],
  },
  location: { hash: '', search: '', pathname: '/films/', origin: 'https://site.example' },
  matchMedia: () => ({ matches: false, addEventListener: () => {} }),
  window: globalThis,
});
Object.defineProperty(globalThis, 'navigator', {
  value: { languages: ['en'] },
  configurable: true,
});
