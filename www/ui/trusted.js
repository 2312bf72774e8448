// @ts-check
// The addresses of scripts that the page starts, under a policy that wants them vouched for (`require-trusted-types-for
// 'script'; trusted-types osusume`).

/** @type {{ createScriptURL: (url: string) => any } | undefined} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy('osusume', {
  createScriptURL: (/** @type {string} */ url) => {
    if (new URL(url, document.baseURI).origin !== location.origin) throw new TypeError('a script of another origin');
    return url;
  },
});

/** Returns an address of this origin as one that may be started. @param {string | URL} url */
export function scriptUrl(url) {
  return policy?.createScriptURL(String(url)) ?? String(url);
}
