// @ts-check
// Runs before the page's other modules are here: says whether this is the start page, whose heading need not wait, and asks for what
// the page's worker will, so that the browser's cache has it.

if (location.hash.length < 2 && location.search === '') document.documentElement.dataset.start = '';

// Where the page is kept, the worker has it as soon.
if (!navigator.serviceWorker?.controller) fetch(new URL('./client/wasm/osusume_bg.wasm', import.meta.url)).then((response) => response.arrayBuffer()).catch(() => {}); // whoever needs it says so
