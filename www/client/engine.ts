// Answers the calls of one opened release, each after the parts it needs. No DOM; the worker, the
// page's own thread and Node all run this.
import { type Answered, answerWith } from './answer.js';
import { codeOf, OsusumeError, toOsusumeError } from './errors.js';
import { PartLoader } from './parts.js';
import type { Handlers, Plan } from './protocol.js';
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

/** How long the rest of a release waits for the first request, which the first files may answer. */
const FIRST_MS = 50;
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
  /** Lets the rest of the release load after the first answer. */
  #continue: () => void = () => {};

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
    load: async ([plan]) => {
      this.#assertOpen();
      if (this.#wanted.get(plan.load)?.hasFailed) this.#wanted.delete(plan.load); // tries again
      this.want(plan);
      if (!plan.preliminary) await this.#parts.ensure('catalogue');
      return nothing;
    },
    find: ([text, limit = 10]) => this.#answer(() => this.#recommender.find(text, limit)),
    item: ([id, preliminary]) => this.#answer(() => this.#recommender.item(id, { preliminary })),
    items: ([ids]) => this.#answer(() => ids.flatMap((id) => knownItem(this.#recommender, id))),
    importProfile: ([bytes]) => this.#answer(() => this.#recommender.importProfile(bytes)),
    recommend: ([request, preliminary]) =>
      this.#rank(() => this.#recommender.recommend(request, { preliminary })),
    related: ([id, settings, preliminary]) =>
      this.#rank(() => this.#recommender.similar(id, settings, { preliminary })),
    info: ([preliminary]) => this.#answer(() => this.#recommender.info({ preliminary })),
    map: async () => {
      this.#assertOpen();
      return { value: await this.#loadMap(), ms: 0 };
    },
    ready: async ([part, load]) => {
      this.#assertOpen();
      if (part) await this.#readyPart(part);
      else {
        this.want({ load, preliminary: load === 'related' });
        await this.#wanted.get(load)?.loaded;
        await this.#wanted.get(load)?.kept;
      }
      return nothing;
    },
  };

  /** Starts to load what a handle wants, behind what others want. */
  want({ load, preliminary }: Plan): void {
    if (this.#wanted.has(load)) return;
    const isFirst = this.#wanted.size === 0;
    const models =
      load === 'related' ? [] : load === 'default' ? this.#models().slice(0, 1) : this.#models();
    const loads = models.length ? this.#start(models, preliminary, isFirst) : [];
    const map = load === 'all' && this.#commit && this.#recommender.info({ preliminary: true }).map;
    const loaded = Promise.all(loads).then(async () => {
      if (map && !this.#isClosed) await this.#loadMap();
    });
    const kept = loaded.then(() => (this.#isClosed ? undefined : this.#commit?.())).catch(() => {});
    const wanted = { loaded, kept, hasFailed: false };
    this.#wanted.set(load, wanted);
    loaded.catch(() => {
      wanted.hasFailed = true; // whoever asks is told
    });
    const first = loads[1];
    if (!first || this.#isWarming) return;
    this.#isWarming = true;
    first.catch(() => {}).then(() => this.#warm());
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

  /**
   * Starts the catalogue and then these models, one after the other; with `preliminary` their
   * neighbour lists first.
   */
  #start(models: string[], preliminary: boolean, isFirst: boolean): Promise<void>[] {
    let gate: Promise<void> | undefined;
    if (preliminary && isFirst) {
      gate = new Promise((resolve) => {
        this.#continue = resolve;
        setTimeout(resolve, FIRST_MS);
      });
    }
    const loads = [this.#parts.ensure('catalogue', undefined, gate)];
    if (preliminary)
      for (const model of models) this.#parts.ensure('neighbours', model, gate).catch(() => {});
    for (const model of models) loads.push(this.#parts.ensure('model', model, loads.at(-1)));
    return loads;
  }

  /** The names of all models, the default one first. */
  #models(): string[] {
    const { models, defaultModel } = this.#recommender.info({ preliminary: true });
    const names = models.map(({ name }) => name);
    return [
      ...names.filter((name) => name === defaultModel),
      ...names.filter((name) => name !== defaultModel),
    ];
  }

  async #readyPart(part: Part): Promise<void> {
    if (part === 'map') {
      await this.#loadMap();
    } else if (part === 'words') {
      const { models } = this.#recommender.info({ preliminary: true });
      const named = models.filter(({ text }) => text !== undefined);
      if (!named.length)
        throw new OsusumeError(
          'no_text_encoder',
          'this release has no text encoder, so that it knows no words',
        );
      await Promise.all(named.map(({ name }) => this.#settle('text', name)));
    } else {
      const [first, ...others] = this.#models();
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

  /** The same for a request that ranks: after the first, answered or not, the rest loads. */
  #rank<T>(call: () => T): Promise<Answered<T>> {
    return this.#answer(() => {
      try {
        return call();
      } finally {
        this.#continue();
      }
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
