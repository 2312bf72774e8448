// @ts-check
// Runs before the page's other modules are here, and asks for what its worker will: the browser's cache then has it.

fetch(new URL('./client/wasm/osusume_bg.wasm', import.meta.url)).then((response) => response.arrayBuffer()).catch(() => {}); // whoever needs it says so
