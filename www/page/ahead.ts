// Runs before the page's other modules: says whether this is the start page, whose heading need not
// wait, and fetches what they will need.
import { chooseLanguage, loadMessages } from './i18n/languages.js';
import { createKeep, storageOf } from './state/keep.js';

if (location.hash.length < 2 && location.search === '') document.documentElement.dataset.start = '';

const keep = createKeep(storageOf(window), new URL('.', document.baseURI).pathname);
loadMessages(chooseLanguage([keep.get('language'), ...navigator.languages])).catch(() => {});

// A kept page has the module on the device.
if (!navigator.serviceWorker?.controller)
  fetch(new URL('./client/wasm/osusume_bg.wasm', import.meta.url))
    .then((response) => response.arrayBuffer())
    .catch(() => {}); // whoever needs it says so
