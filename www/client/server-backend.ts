// The same calls, answered by a server (`osusume serve`, or the Lambda) if WebAssembly cannot run
// here.
import type { OsusumeErrorClass, OsusumeErrorCode } from './codes.js';
import { fieldOf, messageOf, OsusumeError } from './errors.js';
import type { Args, Backend, Handlers, Method } from './protocol.js';
import { withRetries } from './retry.js';
import type { Info } from './types/catalogue.js';

/** Most ids in one request for items. */
const MAX_ITEMS = 1000;

const ERROR_CLASSES: readonly OsusumeErrorClass[] = ['caller', 'notReady', 'fault'];

/** Opens the server at `base`; rejects unless it answers. */
export async function openServerBackend(base: string): Promise<Backend> {
  const server = new Server(base);
  await server.get('health');
  const handlers = handlersOf(server);
  return {
    thread: 'server',
    close: () => {},
    call: (method, args, signal) => handlers[method](args, signal),
  };
}

class Server {
  readonly base: string;

  constructor(base: string) {
    this.base = base;
  }

  get(path: string, signal?: AbortSignal): Promise<unknown> {
    return this.#ask(path, signal, {});
  }

  post(path: string, body: unknown, signal?: AbortSignal): Promise<unknown> {
    const headers = { 'Content-Type': 'application/json' };
    return this.#ask(path, signal, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  async #ask(path: string, signal: AbortSignal | undefined, init: RequestInit): Promise<unknown> {
    const url = `${this.base}/v1/${path}`;
    const [response, value] = await this.#fetch(url, signal, init);
    if (response.ok && value !== undefined) return value;
    const { status } = response;
    const field = (name: string) => fieldOf(value, name);
    const code = field('code');
    if (typeof code !== 'string') {
      const message =
        `${url} answered ${status}, not as osusume does. ` + `Is ${this.base} the right address?`;
      throw new OsusumeError('http_status', message, { url, status });
    }
    // The server has the same table of errors.
    throw new OsusumeError(code as OsusumeErrorCode, String(field('detail')), {
      class: ERROR_CLASSES.find((each) => each === field('class')),
      hint: field('hint'),
      candidates: field('candidates'),
      url,
      status,
    });
  }

  /** Resolves to the response and its JSON, if it is JSON. */
  async #fetch(
    url: string,
    signal: AbortSignal | undefined,
    init: RequestInit,
  ): Promise<[Response, unknown]> {
    try {
      // Whatever language the browser speaks: titles as the engine here would give them.
      const headers = { 'Accept-Language': '*', ...init.headers };
      const response = await withRetries(fetch)(url, { ...init, signal: signal ?? null, headers });
      const value: unknown = await response.json().catch((error) => {
        if (error instanceof SyntaxError) return undefined;
        throw error;
      });
      return [response, value];
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      const why =
        'offline, a wrong address, or a server without CORS headers for this page ' +
        `(${messageOf(error)})`;
      throw new OsusumeError('network', `${url} could not be reached: ${why}.`, { url });
    }
  }
}

/** The server's answer to each call, as the engine here would give it. */
type Answers = { [M in Method]: (args: Args<M>, signal?: AbortSignal) => Promise<unknown> };

function handlersOf(server: Server): Handlers {
  const info = (signal?: AbortSignal) => infoOf(server, signal);
  const answers: Answers = {
    load: async () => undefined,
    find: ([text, limit], signal) => server.get(`find?${query({ text, limit })}`, signal),
    item: ([id], signal) => server.get(`items/${encodeURIComponent(id)}`, signal),
    items: ([ids], signal) => itemsOf(server, ids, signal),
    recommend: ([request], signal) => server.post('recommend', request, signal),
    related: ([id, settings], signal) => {
      const { limit, model, ...others } = settings;
      const isSimple = Object.keys(others).length === 0 && typeof model !== 'object';
      if (isSimple) return server.get(`similar?${query({ id, limit, model })}`, signal);
      return server.post('recommend', { ...settings, liked: [id] }, signal);
    },
    importProfile: () => unsupported('Lists are read on the device only, never sent to a server'),
    map: () => unsupported('The map is drawn from the release on the device'),
    info: (_, signal) => info(signal),
    ready: async ([part], signal) => {
      if (part === 'map') await unsupported('The map is drawn from the release on the device');
      await info(signal);
    },
  };
  const timed = Object.entries(answers).map(([method, answer]) => [method, withTime(answer)]);
  return Object.fromEntries(timed) as Handlers; // a server's answers are trusted as the engine's
}

function withTime(answer: (args: never, signal?: AbortSignal) => Promise<unknown>) {
  return async (args: never, signal?: AbortSignal) => {
    const start = performance.now();
    const value = await answer(args, signal);
    return { value, ms: performance.now() - start };
  };
}

async function infoOf(server: Server, signal?: AbortSignal): Promise<Info> {
  const health = await server.get('health', signal);
  const { release, items, defaultModel, fields, models } = health as Omit<Info, 'models'> & {
    models: string[];
  };
  return {
    release,
    items,
    defaultModel,
    fields,
    map: false,
    models: models.map((name) => ({ name, loaded: true })),
  };
}

async function itemsOf(
  server: Server,
  ids: (number | string)[],
  signal?: AbortSignal,
): Promise<unknown[]> {
  // The server refuses numbers that are no ids; no item has them.
  const sound = ids.filter((id) => typeof id === 'string' || id === id >>> 0);
  const answers: Promise<unknown>[] = [];
  for (let at = 0; at < sound.length; at += MAX_ITEMS) {
    answers.push(server.post('items', { ids: sound.slice(at, at + MAX_ITEMS) }, signal));
  }
  return (await Promise.all(answers)).flatMap((answer) => fieldOf(answer, 'items'));
}

async function unsupported(why: string): Promise<never> {
  throw new OsusumeError('unsupported', `${why}; this browser cannot run WebAssembly here.`);
}

function query(fields: Record<string, unknown>): URLSearchParams {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return new URLSearchParams(known.map(([key, value]) => [key, String(value)]));
}
