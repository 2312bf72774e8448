//! The wasm suite: in Node, and with `WASM_BINDGEN_USE_BROWSER=1` in a headless browser.
#![cfg(target_arch = "wasm32")]

mod wasm_suite;
