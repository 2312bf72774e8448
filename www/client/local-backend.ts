// The engine on the thread this runs on.
import { toOsusumeError } from './errors.js';
import { openEngine } from './opening.js';
import type { Backend, Fetch, Listener, Opening } from './protocol.js';
import { createQueue } from './queue.js';
import type { RecommenderClass } from './recommender.js';

export async function openLocal(
  opening: Opening,
  loadClass: () => Promise<RecommenderClass>,
  listener: Listener,
  signal: AbortSignal,
  fetch?: Fetch,
): Promise<Backend> {
  try {
    const engine = await openEngine(opening, loadClass, listener, signal, fetch);
    return { thread: 'main', call: createQueue(engine.handlers), close: () => engine.close() };
  } catch (error) {
    throw signal.aborted ? signal.reason : toOsusumeError(error);
  }
}
