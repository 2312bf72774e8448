// The result of `open`, wherever the ranking runs: checked arguments, calls that can be aborted,
// one end of life.
import { onAbort, untilAborted } from './abort.js';
import { OsusumeError } from './errors.js';
import { bytesOf } from './profile-file.js';
import type { Args, Connection, Method, Timed } from './protocol.js';
import type { RelatedLists } from './related.js';
import type { Answer } from './types/answer.js';
import type { Id, KnownItem } from './types/catalogue.js';
import type { CallOptions, Load, OpenOptions } from './types/options.js';
import type { Osusume } from './types/osusume.js';
import type { RelatedOptions, Settings } from './types/request.js';
import * as check from './validate.js';

/**
 * Opens a handle over what `connect` resolves to; its signal aborts when the handle closes. With
 * `lists` and `load: 'related'` it connects when a call first needs it.
 */
export async function openHandle(
  options: OpenOptions,
  connect: (load: Load, signal: AbortSignal) => Promise<Connection>,
  lists?: RelatedLists,
): Promise<Osusume> {
  const { signal } = options;
  signal?.throwIfAborted();
  const load = check.checkLoad(options.load);
  const life = new AbortController(); // over when closed, or when the caller's signal says so
  if (signal)
    onAbort(
      life.signal,
      onAbort(signal, () => life.abort(signal.reason)),
    );
  const link = new Link((end) => connect(load, end), life.signal);
  try {
    const listed = load === 'related' && lists?.listed().catch(() => 0);
    const isEnough = listed && (await untilAborted(listed, [life.signal])) > 0;
    if (!isEnough) await link.connect();
    return handleOf(link, load, life, lists);
  } catch (error) {
    life.abort(error); // a failed opening leaves nothing behind
    throw error;
  }
}

/** The connection of a handle, made once. */
class Link {
  readonly #connect: (signal: AbortSignal) => Promise<Connection>;
  readonly #signal: AbortSignal;
  #connecting: Promise<Connection> | undefined;
  /** Once it is made. */
  now: Connection | undefined;

  constructor(connect: (signal: AbortSignal) => Promise<Connection>, signal: AbortSignal) {
    this.#connect = connect;
    this.#signal = signal;
  }

  connect(): Promise<Connection> {
    this.#connecting ??= untilAborted(this.#connect(this.#signal), [this.#signal]).then(
      (connection) => {
        this.now = connection;
        return connection;
      },
      (error) => {
        this.#connecting = undefined; // the next call tries again
        throw error;
      },
    );
    return this.#connecting;
  }
}

type Caller = <M extends Method>(
  method: M,
  args: () => Args<M>,
  options?: CallOptions,
) => Promise<Timed<M>['value']>;

function handleOf(
  link: Link,
  load: Load,
  life: AbortController,
  lists: RelatedLists | undefined,
): Osusume {
  const call = callerOf(link, life.signal);
  const early = lists && new EarlyAnswers(lists, link, load, life.signal);
  return {
    get backend() {
      if (!link.now) return 'files';
      return link.now.thread === 'server' ? 'http' : 'wasm';
    },
    get thread() {
      return link.now?.thread ?? 'main';
    },
    find: (text, limit, options) =>
      call('find', () => [check.checkText(text), check.checkLimit(limit)], options),
    item: async (id, options) => {
      const item = early?.item(id, options);
      return (item && (await item)) ?? call('item', () => [check.checkId(id)], options);
    },
    items: (ids, options) => call('items', () => [check.checkIds(ids)], options),
    recommend: (request, options) =>
      call('recommend', () => [check.checkObject(request, 'request')], options),
    related: async (id, options = {}) => {
      const [checked, settings] = relatedArgs(id, options);
      const answer = early?.related(checked, settings, options);
      return (answer && (await answer)) ?? call('related', () => [checked, settings], options);
    },
    importProfile: async (file, options) => {
      const bytes = await bytesOf(file);
      return call('importProfile', () => [bytes], options);
    },
    info: (options) => call('info', () => [], options),
    map: (options) => call('map', () => [], options),
    ready: async (part, options) => {
      const checked = check.checkPart(part);
      if (checked !== undefined || load !== 'related')
        await call('ready', () => [checked, load], options);
    },
    close: () => life.abort(new OsusumeError('closed', 'This recommender was closed.')),
  };
}

/** Returns a function that calls the engine; it ends with the handle or with the call's signal. */
function callerOf(link: Link, life: AbortSignal): Caller {
  return async (method, args, options = {}) => {
    const { signal, onTime } = options;
    const signals = signal ? [life, signal] : [life];
    for (const each of signals) each.throwIfAborted();
    const checked = args();
    const connection = link.now ?? (await link.connect());
    const { value, ms } = await untilAborted(connection.call(method, checked, signal), signals);
    onTime?.(ms);
    return value;
  };
}

function relatedArgs(id: Id, options: RelatedOptions): [id: Id, settings: Settings] {
  if (typeof options !== 'object')
    return [check.checkId(id), check.checkObject(options, 'options')];
  const { signal: _, onTime: __, preliminary: ___, ...settings } = options;
  return [check.checkId(id), check.checkObject(settings, 'options')];
}

/** What the related lists answer while the engine has not loaded a model. */
class EarlyAnswers {
  readonly #lists: RelatedLists;
  readonly #link: Link;
  readonly #life: AbortSignal;
  /** Whether the default model is loaded, and then its name. */
  #hasFirst = false;
  #first: string | undefined;
  #hasAll = false;

  constructor(lists: RelatedLists, link: Link, load: Load, life: AbortSignal) {
    this.#lists = lists;
    this.#link = link;
    this.#life = life;
    if (link.now && load !== 'related') this.#watch(link.now, load);
  }

  item(
    id: Id,
    { preliminary, signal }: CallOptions = {},
  ): Promise<KnownItem | undefined> | undefined {
    if (preliminary !== true || this.#isLoaded(undefined)) return undefined;
    return this.#ask((from) => from.item(check.checkId(id)), signal);
  }

  related(
    id: Id,
    settings: Settings,
    { signal }: CallOptions,
  ): Promise<Answer | undefined> | undefined {
    if (this.#isLoaded(settings.model)) return undefined;
    return this.#ask((from) => from.answer(id, settings), signal);
  }

  /** Resolves to nothing if the lists cannot answer: the engine does, or says what is wrong. */
  #ask<T>(
    ask: (from: RelatedLists) => Promise<T | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<T | undefined> {
    const signals = signal ? [this.#life, signal] : [this.#life];
    for (const each of signals) each.throwIfAborted();
    const asked = ask(this.#lists).catch(() => undefined);
    return untilAborted(asked, signals);
  }

  #isLoaded(model: Settings['model']): boolean {
    if (this.#hasAll || this.#link.now?.thread === 'server') return true;
    return model === undefined ? this.#hasFirst : model === this.#first;
  }

  /** Notices when the models that `load` names are loaded. */
  #watch({ thread, call }: Connection, load: Load): void {
    if (thread === 'server') return;
    const ignore = () => {}; // whoever asks for them is told
    call('ready', ['default', load]).then(async () => {
      this.#hasFirst = true;
      this.#first = (await call('info', [])).value.defaultModel;
    }, ignore);
    if (load !== 'all') return;
    call('ready', ['stories', load]).then(() => {
      this.#hasAll = true;
    }, ignore);
  }
}
