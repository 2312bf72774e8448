// Files of selenium-webdriver that its types name otherwise, or not at all.

declare module 'selenium-webdriver/remote/index.js' {
  export { DriverService } from 'selenium-webdriver/remote';
}

declare module 'selenium-webdriver/net/portprober.js' {
  /** Returns a port of this machine that nobody listens on. */
  export function findFreePort(): Promise<number>;
}
