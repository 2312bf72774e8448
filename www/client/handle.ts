// The result of `open`, wherever the ranking runs: checked arguments, calls that can be aborted,
// one end of life.
import { onAbort, untilAborted } from './abort.js';
import { OsusumeError } from './errors.js';
import { bytesOf } from './profile-file.js';
import type { Args, Connection, Method, Plan } from './protocol.js';
import type { CallOptions, OpenOptions } from './types/options.js';
import type { Osusume } from './types/osusume.js';
import * as check from './validate.js';

/** Returns the parts that a handle wants loaded, by its options. */
export function planOf({ load, preliminary }: OpenOptions): Plan {
  const checked = check.checkLoad(load);
  return { load: checked, preliminary: preliminary === true || checked === 'related' };
}

/** Opens a handle over what `connect` resolves to; its signal aborts when the handle closes. */
export async function openHandle(
  options: OpenOptions,
  connect: (plan: Plan, signal: AbortSignal) => Promise<Connection>,
): Promise<Osusume> {
  const { signal } = options;
  signal?.throwIfAborted();
  const plan = planOf(options);
  const life = new AbortController(); // over when closed, or when the caller's signal says so
  if (signal)
    onAbort(
      life.signal,
      onAbort(signal, () => life.abort(signal.reason)),
    );
  try {
    const connection = await untilAborted(connect(plan, life.signal), [life.signal]);
    return handleOf(connection, plan, life);
  } catch (error) {
    life.abort(error); // a failed opening leaves nothing behind
    throw error;
  }
}

function handleOf(
  { thread, call: send }: Connection,
  { load }: Plan,
  life: AbortController,
): Osusume {
  async function call<M extends Method>(method: M, args: () => Args<M>, options: CallOptions = {}) {
    const { signal, onTime } = options;
    const signals = signal ? [life.signal, signal] : [life.signal];
    for (const each of signals) each.throwIfAborted();
    const { value, ms } = await untilAborted(send(method, args(), signal), signals);
    onTime?.(ms);
    return value;
  }
  const isEarly = (options?: CallOptions) => options?.preliminary === true;
  return {
    backend: thread === 'server' ? 'http' : 'wasm',
    thread,
    find: (text, limit, options) =>
      call('find', () => [check.checkText(text), check.checkLimit(limit)], options),
    item: (id, options) => call('item', () => [check.checkId(id), isEarly(options)], options),
    items: (ids, options) => call('items', () => [check.checkIds(ids)], options),
    recommend: (request, options) =>
      call('recommend', () => [check.checkObject(request, 'request'), isEarly(options)], options),
    related: (id, options = {}) => {
      const { signal, onTime, preliminary = load === 'related', ...settings } = options;
      const checked = () =>
        check.checkObject(typeof options === 'object' ? settings : options, 'options');
      return call('related', () => [check.checkId(id), checked(), preliminary === true], {
        signal,
        onTime,
      });
    },
    importProfile: async (file, options) => {
      const bytes = await bytesOf(file);
      return call('importProfile', () => [bytes], options);
    },
    info: (options) => call('info', () => [isEarly(options)], options),
    map: (options) => call('map', () => [], options),
    ready: (part, options) => call('ready', () => [check.checkPart(part), load], options),
    close: () => life.abort(new OsusumeError('closed', 'This recommender was closed.')),
  };
}
