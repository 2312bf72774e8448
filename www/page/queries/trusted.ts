// The addresses of scripts that the page starts, under a policy that wants them vouched for:
// `require-trusted-types-for 'script'; trusted-types osusume`.

interface Policy {
  createScriptURL(url: string): string;
}
interface TrustedTypes {
  createPolicy(name: string, rules: Policy): Policy;
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
const policy = trustedTypes?.createPolicy('osusume', {
  createScriptURL: (url) => {
    if (new URL(url, document.baseURI).origin !== location.origin)
      throw new TypeError('a script of another origin');
    return url;
  },
});

/** Returns an address of this origin as one that may be started. */
export const scriptUrl = (url: string | URL): string =>
  policy?.createScriptURL(String(url)) ?? String(url);
