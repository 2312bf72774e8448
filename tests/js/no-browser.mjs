// Stand-ins for the parts of a browser that the page's modules use while they load.

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
