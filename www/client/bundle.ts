/**
 * The whole client in one file, for a page that loads it from a CDN with one line: defines the
 * element and exports what `osusume` exports. `worker.js` and `wasm/` lie beside it. A page that
 * wants the element alone loads `element.js`, a tenth of this.
 *
 * @packageDocumentation
 */
export * from './element.js';
export * from './index.js';
