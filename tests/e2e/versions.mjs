// Versions of the page, for tests of its service worker: a small site, and copies of it as later
// builds would make them.

import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { launch, ROOT } from './harness.mjs';

/** @typedef {{ name: string, folder: string, version: string, app: string }} Version */

/**
 * Builds versions of the page, each with its name as its title. Each has its own folder of scripts,
 * and lacks those of the others, like a site whose old files were deleted.
 *
 * @param {string[]} names
 */
async function buildVersions(names) {
  const work = await mkdtemp(join(tmpdir(), 'osusume-versions-'));
  const built = join(work, 'site');
  execFileSync('sh', ['pkg-scripts/build-site.sh'], {
    cwd: ROOT,
    env: { ...process.env, EMBEDDINGS: join(ROOT, 'tests/fixtures/format-2'), OUT: built },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const html = await readFile(join(built, 'index.html'), 'utf8');
  const [app = ''] = /app-[0-9a-f]{12}/.exec(html) ?? [];
  const version = /data-version="(\w+)"/.exec(html)?.[1] ?? '';
  /** @type {Version[]} */
  const versions = [];
  for (const [at, name] of names.entries()) {
    const own = { name, folder: join(work, name), version: `${at}${version.slice(1)}` };
    versions.push({ ...own, app: `app-${at}${app.slice(5)}` });
    await cp(built, own.folder, { recursive: true });
    await rename(join(own.folder, app), join(own.folder, versions[at].app));
    for (const file of await readdir(own.folder)) {
      if (!/\.(html|js|webmanifest)$/.test(file)) continue;
      const text = await readFile(join(own.folder, file), 'utf8');
      const renamed = text.replaceAll(app, versions[at].app).replaceAll(version, own.version);
      const marked = renamed.replace(/<title>.*?<\/title>/, `<title>${name}</title>`);
      await writeFile(join(own.folder, file), marked);
    }
  }
  return { versions, remove: () => rm(work, { recursive: true, force: true }) };
}

/** A browser and built versions, until the tests of the file have run. @param {string[]} names */
export async function browserAndVersions(names) {
  const [browser, built] = await Promise.all([launch(), buildVersions(names)]);
  after(async () => {
    await browser.close().finally(() => built.remove());
  });
  return { browser, built };
}
