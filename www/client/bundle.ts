/**
 * The whole client in one file, for a page that loads it from a CDN with one line: defines the
 * elements and exports what `osusume` exports. `worker.js` and `wasm/` lie beside it.
 *
 * @packageDocumentation
 */
export * from './element.js';
export * from './index.js';
