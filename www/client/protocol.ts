// The messages between a handle, its backend and the worker.
import type { PlainError } from './errors.js';
import type { Answer, Profile } from './types/answer.js';
import type { Found, Id, Info, Item, ItemMap, KnownItem } from './types/catalogue.js';
import type { ClientWarning, Load, Part, Progress } from './types/options.js';
import type { Request, Settings } from './types/request.js';

export type Fetch = typeof globalThis.fetch;

/** How to open a release, as plain data that can go to a worker. */
export interface Opening {
  load: Load;
  /** Absolute. */
  manifestUrl: string;
  cache: boolean;
  publicKey: string | undefined;
  /** Milliseconds since 1970; 0 accepts every signature. */
  notBefore: number;
}

/** Who is told how an opened release is getting on. */
export interface Listener {
  onProgress?: ((progress: Progress) => void) | undefined;
  onWarning?: ((warning: ClientWarning) => void) | undefined;
}

/** The arguments and the result of each call. */
interface Calls {
  /** Loads what another handle of the same release wants; resolves when that handle is open. */
  load: [[load: Load], undefined];
  find: [[text: string, limit: number | undefined], Found[]];
  item: [[id: Id], KnownItem];
  items: [[ids: Id[]], Item[]];
  recommend: [[request: Request], Answer];
  related: [[id: Id, settings: Settings], Answer];
  importProfile: [[bytes: Uint8Array], Profile];
  info: [[], Info];
  map: [[], ItemMap];
  /** Waits for a part or, without one, for all that `load` names. */
  ready: [[part: Part | undefined, load: Load], undefined];
}

export type Method = keyof Calls;
export type Args<M extends Method> = Calls[M][0];
/** A result, and how many milliseconds the engine itself took for it. */
export interface Timed<M extends Method> {
  value: Calls[M][1];
  ms: number;
}
export type Handlers = {
  [M in Method]: (args: Args<M>, signal?: AbortSignal) => Promise<Timed<M>>;
};
export type Call = <M extends Method>(
  method: M,
  args: Args<M>,
  signal?: AbortSignal,
) => Promise<Timed<M>>;

/** How a handle reaches whoever answers its calls. */
export interface Connection {
  readonly thread: 'worker' | 'main' | 'server';
  readonly call: Call;
}

/** Who answers the calls of an opened release. */
export interface Backend extends Connection {
  close(): void;
}

/** A message to the worker. */
export type ToWorker =
  | { type: 'open'; id: number; opening: Opening; wasm: string | undefined }
  | CallMessage
  | { type: 'abort'; id: number }
  | { type: 'ping' };

export type CallMessage<M extends Method = Method> = {
  [K in M]: { type: 'call'; id: number; method: K; args: Args<K> };
}[M];

/** A message from the worker. */
export type FromWorker =
  | { type: 'ready' }
  | { type: 'pong' }
  | { type: 'progress'; progress: Progress }
  | { type: 'warning'; warning: ClientWarning }
  | { type: 'result'; id: number; result: unknown }
  | { type: 'error'; id: number; error: PlainError };
