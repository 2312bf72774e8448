/**
 * The module's address, beside its glue. Written out in full: bundlers look for this very
 * expression.
 */
export const WASM_URL = new URL('./wasm/osusume_bg.wasm', import.meta.url);
