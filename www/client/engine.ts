// Answers the calls of one opened release, each after the parts it needs. No DOM; the worker, the
// page's own thread and Node all run this.
import { type Answered, answerWith } from './answer.js';
import { codeOf, OsusumeError, toOsusumeError } from './errors.js';
import { PartLoader } from './parts.js';
import type { Handlers } from './protocol.js';
import type { Recommender } from './recommender.js';
import type { FilePart, Release } from './release.js';
import type { Id, Item, ItemMap } from './types/catalogue.js';
import type { Load, Part } from './types/options.js';

/**
 * Runs an action, and once more past every cache if a cache may be at fault. Each run has its own
 * mode.
 */
export type Fresh = <T>(action: (cache?: RequestCache) => Promise<T>) => Promise<T>;

export interface EngineOptions {
  fresh: Fresh;
  /** Keeps the release once everything wanted is loaded. */
  commit: (() => Promise<void>) | undefined;
}

/** Pause between two parts of the search index, which is made while nobody types. */
const WARM_MS = 100;

/** The files that a `load` of some handle still waits for. */
interface Wanted {
  loaded: Promise<void>;
  /** The same, and kept. Settles without error. */
  kept: Promise<void>;
  hasFailed: boolean;
}

export class Engine {
  readonly #release: Release;
  readonly #recommender: Recommender;
  readonly #fresh: Fresh;
  readonly #commit: (() => Promise<void>) | undefined;
  readonly #parts: PartLoader;
  readonly #wanted = new Map<Load, Wanted>();
  #map: Promise<ItemMap> | undefined;
  #isClosed = false;
  #isWarming = false;

  constructor(release: Release, { fresh, commit }: EngineOptions) {
    this.#release = release;
    this.#recommender = release.recommender;
    this.#fresh = fresh;
    this.#commit = commit;
    this.#parts = new PartLoader(async (part, model) => {
      this.#assertOpen();
      await fresh((cache) => release.load(part, model, cache));
    });
  }

  readonly handlers: Handlers = {
    load: async ([load]) => {
      this.#assertOpen();
      if (this.#wanted.get(load)?.hasFailed) this.#wanted.delete(load); // tries again
      this.want(load);
      await this.#parts.ensure('catalogue');
      return nothing;
    },
    find: ([text, limit = 10]) => this.#answer(() => this.#recommender.find(text, limit)),
    item: ([id]) => this.#answer(() => this.#recommender.item(id)),
    items: ([ids]) => this.#answer(() => ids.flatMap((id) => knownItem(this.#recommender, id))),
    importProfile: ([bytes]) => this.#answer(() => this.#recommender.importProfile(bytes)),
    recommend: ([request]) => this.#answer(() => this.#recommender.recommend(request)),
    related: ([id, settings]) => this.#answer(() => this.#recommender.similar(id, settings)),
    info: () => this.#answer(() => this.#release.info()),
    map: async () => {
      this.#assertOpen();
      return { value: await this.#loadMap(), ms: 0 };
    },
    ready: async ([part, load]) => {
      this.#assertOpen();
      if (part) await this.#readyPart(part);
      else {
        this.want(load);
        await this.#wanted.get(load)?.loaded;
        await this.#wanted.get(load)?.kept;
      }
      return nothing;
    },
  };

  /** Starts to load what a handle wants, behind what others want. */
  want(load: Load): void {
    if (this.#wanted.has(load)) return;
    const [first, ...others] = this.#release.models;
    const models = load === 'related' ? [] : load === 'default' ? [first] : [first, ...others];
    const loads = models.length ? this.#start(models) : [];
    const loaded = Promise.all(loads).then(() =>
      load === 'all' && !this.#isClosed ? this.#loadExtras() : undefined,
    );
    const kept = loaded.then(() => (this.#isClosed ? undefined : this.#commit?.())).catch(() => {});
    const wanted = { loaded, kept, hasFailed: false };
    this.#wanted.set(load, wanted);
    loaded.catch(() => {
      wanted.hasFailed = true; // whoever asks is told
    });
    const catalogue = loads[0];
    if (!catalogue || this.#isWarming) return;
    this.#isWarming = true;
    Promise.allSettled(loads.slice(0, 2)).then(() => this.#warm());
  }

  /**
   * Frees everything once nothing is loading; a load under way still writes into the module's
   * memory.
   */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    Promise.allSettled([this.#parts.settled(), this.#map]).then(() => this.#recommender.free());
  }

  /** Starts the catalogue and then these models, one after the other. */
  #start(models: (string | undefined)[]): Promise<void>[] {
    const loads = [this.#parts.ensure('catalogue')];
    for (const model of models) loads.push(this.#parts.ensure('model', model, loads.at(-1)));
    return loads;
  }

  /** Loads what only some calls need. */
  async #loadExtras(): Promise<void> {
    for (const model of this.#release.texts) await this.#parts.ensure('text', model);
    if (this.#release.hasMap) await this.#loadMap();
  }

  async #readyPart(part: Part): Promise<void> {
    if (part === 'map') {
      await this.#loadMap();
    } else if (part === 'words') {
      const { texts } = this.#release;
      if (!texts.length)
        throw new OsusumeError(
          'no_text_encoder',
          'this release has no text encoder, so that it knows no words',
        );
      await Promise.all(texts.map((model) => this.#settle('text', model)));
    } else {
      const [first, ...others] = this.#release.models;
      const models = part === 'stories' ? others : [first];
      await Promise.all(models.map((model) => this.#settle('model', model)));
    }
  }

  /** Settles as the load of a part that is under way, and starts it if nobody has. */
  #settle(part: FilePart, model: string | undefined): Promise<void> {
    return (this.#parts.get(part, model) ?? this.#parts.start(part, model)).done;
  }

  /** Resolves to the map; fetched once, a failure is forgotten. */
  #loadMap(): Promise<ItemMap> {
    const catalogue = this.#parts.ensure('catalogue'); // whose items it places
    this.#map ??= catalogue
      .then(() => this.#fresh((cache) => this.#release.map(cache)))
      .catch((error) => {
        this.#map = undefined;
        throw toOsusumeError(error);
      });
    return this.#map;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new OsusumeError('closed', 'This recommender was closed.');
  }

  #answer<T>(call: () => T): Promise<Answered<T>> {
    return answerWith(this.#parts, () => {
      this.#assertOpen();
      return call();
    });
  }

  /** Makes the search index between the first answers and the first key, a part a task. */
  #warm(): void {
    setTimeout(() => {
      const isReady = this.#parts.get('catalogue')?.state === 'ready';
      if (!this.#isClosed && isReady && this.#recommender.warm()) this.#warm();
    }, WARM_MS);
  }
}

const nothing = { value: undefined, ms: 0 } as const;

/** Returns the item of an id, or nothing if the release does not have it. */
function knownItem(recommender: Recommender, id: Id): Item[] {
  try {
    const { models: _, predicted: __, ...item } = recommender.item(id);
    return [item];
  } catch (error) {
    if (codeOf(error) === 'unknown_id') return [];
    throw error;
  }
}
