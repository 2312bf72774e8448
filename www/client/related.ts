// The related lists of a release: an item's best neighbours from one small JSON file, without the
// module. docs/FORMAT.md, section 9, has the layout. No DOM.
import { codeOf, OsusumeError } from './errors.js';
import { altered, hex, hexSha256 } from './hash.js';
import { fetchManifest } from './manifest.js';
import type { Fetch } from './protocol.js';
import { asFileError, requestFile } from './request-file.js';
import { type Lists, shardOf, toLists } from './shard.js';
import { STALL_MS } from './stall.js';
import type { Answer, Warning } from './types/answer.js';
import type { Id, KnownItem } from './types/catalogue.js';
import type { Settings } from './types/request.js';

/** Where the lists come from. */
export interface Source {
  manifestUrl: string;
  /** The owner's key. With it every file is checked, and without it none: they come by HTTPS. */
  publicKey?: string | undefined;
  notBefore?: number | undefined;
  fetch?: Fetch | undefined;
}

/** What the manifest says of the lists. */
interface Described {
  release: string;
  /** The model of the first list, and whether the default question has a `niche`. */
  first: string;
  hasNiche: boolean;
  /** Every model of the release, in its order. */
  models: string[];
  folder: string;
  shards: number;
  listed: number;
  sha256: string;
}

/** The parts of a manifest that are read here. */
interface Raw {
  format: unknown;
  release: string;
  default: { model: string; niche?: number };
  models: { name: string }[];
  related?: { folder: string; shards: number; listed: number; sha256: string };
}

/** Codes of a shard that a cache may have damaged. */
const DAMAGED = new Set(['related_invalid', 'integrity']);

export class RelatedLists {
  readonly #source: Source;
  readonly #fetch: Fetch;
  #described: Promise<Described | undefined> | undefined;
  #index: Promise<Uint8Array> | undefined;
  readonly #shards = new Map<number, Promise<Record<string, unknown>>>();

  constructor(source: Source) {
    this.#source = source;
    this.#fetch = source.fetch ?? ((input, init) => globalThis.fetch(input, init));
  }

  /** Resolves to how many results a list has; 0 if the release has no related lists. */
  async listed(): Promise<number> {
    return (await this.#describe())?.listed ?? 0;
  }

  /**
   * Returns the answer to `related`, the very one of the engine, if the lists have it: they do for
   * one model, no other setting, and as many results as a list has.
   */
  async answer(id: Id, settings: Settings): Promise<Answer | undefined> {
    const { limit = 10, model, ...others } = settings;
    const isPlain = Object.values(others).every((value) => value === undefined);
    if (!isPlain || typeof model === 'object' || !Number.isInteger(limit) || limit < 1)
      return undefined;
    const described = await this.#describe();
    if (!described || limit > described.listed) return undefined;
    const { first, hasNiche, models, release } = described;
    const asked = model ?? first;
    // A named model has no niche, and the first list has that of the default question.
    if (!models.includes(asked) || (hasNiche && model === first)) return undefined;
    const { lists } = (await this.#listsOf(id, described)) ?? {};
    const used = lists && [asked, ...models].find((name) => Object.hasOwn(lists, name));
    if (!used || (hasNiche && used !== asked)) return undefined;
    const items = (lists[used] ?? []).slice(0, limit);
    const warnings: Warning[] = [];
    if (used !== asked) warnings.push({ code: 'model_fallback', asked, used });
    if (items.length < limit)
      warnings.push({ code: 'few_matches', asked: limit, found: items.length });
    return { items, model: used, release, warnings };
  }

  /** Returns what the lists say of an item itself, if they have it. */
  async item(id: Id): Promise<KnownItem | undefined> {
    const described = await this.#describe();
    const found = described && (await this.#listsOf(id, described));
    if (!found) return undefined;
    const key = String(id) === String(found.id) ? {} : { key: String(id) };
    const { title, predicted } = found;
    const models = Object.keys(found.lists);
    return { id: found.id, ...key, title, fields: {}, preliminary: true, models, predicted };
  }

  async #describe(): Promise<Described | undefined> {
    this.#described ??= this.#readManifest().catch((error) => {
      this.#described = undefined; // the next call asks again
      throw error;
    });
    return this.#described;
  }

  async #readManifest(): Promise<Described | undefined> {
    const { manifestUrl, publicKey, notBefore } = this.#source;
    let fetch = this.#fetch;
    if (publicKey !== undefined) {
      const { withSignature } = await import('./signature.js');
      fetch = withSignature(fetch, manifestUrl, publicKey, notBefore);
    }
    const signal = AbortSignal.timeout(STALL_MS);
    const raw = (await fetchManifest(manifestUrl, fetch, { signal })) as Raw;
    try {
      const { format, release, related, models } = raw;
      const isSound =
        format === 2 &&
        related !== undefined &&
        /^related\.[0-9a-f]{16}$/.test(related.folder) &&
        [related.shards, related.listed].every((count) => Number.isInteger(count) && count > 0);
      if (!isSound) return undefined; // the engine says what is wrong, if something is
      const { model: first, niche } = raw.default;
      const names = models.map(({ name }) => name);
      return { ...related, release, first, hasNiche: niche !== undefined, models: names };
    } catch {
      return undefined; // not of the right shape: the same
    }
  }

  async #listsOf(id: Id, described: Described): Promise<Lists | undefined> {
    const name = String(id);
    const at = shardOf(name, described.shards);
    const items = await this.#shard(at, described);
    const found = Object.hasOwn(items, name) ? toLists(items[name]) : undefined;
    if (found === 'broken') throw broken(`${described.folder}/${at}.json`);
    // In a catalogue of text ids a number names another item than the text of its digits.
    return typeof id === 'number' && found?.id !== id ? undefined : found;
  }

  #shard(at: number, described: Described): Promise<Record<string, unknown>> {
    const known = this.#shards.get(at);
    if (known) return known;
    // The browser's own cache may have a damaged copy, for ever.
    const shard = this.#readShard(at, described).catch((error) => {
      if (!DAMAGED.has(codeOf(error) ?? '')) throw error;
      return this.#readShard(at, described, 'reload');
    });
    this.#shards.set(at, shard);
    shard.catch(() => this.#shards.delete(at)); // the next call asks again
    return shard;
  }

  async #readShard(
    at: number,
    described: Described,
    cache?: RequestCache,
  ): Promise<Record<string, unknown>> {
    const file = `${described.folder}/${at}.json`;
    const bytes = await this.#receive(file, cache);
    if (this.#source.publicKey !== undefined) await this.#check(bytes, at, file, described);
    try {
      const { set, items } = JSON.parse(new TextDecoder().decode(bytes));
      if (`related.${set}` === described.folder && typeof items === 'object' && items) return items;
    } catch {
      // no JSON
    }
    throw broken(file);
  }

  async #receive(file: string, cache?: RequestCache): Promise<Uint8Array<ArrayBuffer>> {
    const url = new URL(file, this.#source.manifestUrl).href;
    const signal = AbortSignal.timeout(STALL_MS);
    const response = await requestFile(url, this.#fetch, { signal, ...(cache && { cache }) });
    return new Uint8Array(await response.arrayBuffer().catch(asFileError(url)));
  }

  /** Checks a shard by its hash in the index, which the signed manifest pins. */
  async #check(shard: BufferSource, at: number, file: string, { folder, sha256 }: Described) {
    const isPinned = async (bytes: BufferSource, hash: string) => {
      if ((await hexSha256(bytes, crypto.subtle)) !== hash) throw altered(file);
    };
    this.#index ??= this.#receive(`${folder}/index.bin`).then(async (bytes) => {
      await isPinned(bytes, sha256);
      return bytes;
    });
    this.#index.catch(() => {
      this.#index = undefined;
    });
    await isPinned(shard, hex((await this.#index).subarray(at * 32, at * 32 + 32)));
  }
}

const broken = (file: string) =>
  new OsusumeError(
    'related_invalid',
    `${file} has no related lists of this release; upload the whole folder of the release`,
  );
