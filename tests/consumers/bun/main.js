// Reads the same release from a folder and over HTTP, and prints what it answers.
import { open, OsusumeError } from 'osusume';

const [folder, address] = globalThis.Deno ? Deno.args : process.argv.slice(2);
const seen = [];
for (const manifest of [folder, address]) {
  const opened = await open(manifest);
  seen.push(await opened.related(30, { limit: 3 }));
  opened.close();
}
const refused = await open(`${folder}.missing`).catch((error) => error instanceof OsusumeError && error.code);
console.log(JSON.stringify({ seen, refused }));
