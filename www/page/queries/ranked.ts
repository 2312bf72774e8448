// Asks for the list that answers everything that is set.
import type { Osusume, Recommended } from 'osusume';
import { isStart, type State } from '../state/address.js';
import type { OwnList } from '../state/keep.js';
import { NAMED, type Ranked, type Reason, type Result, sharesOf } from './lists.js';
import { loaded, loadModel, opened, opening, usualMix } from './open.js';
import { leadingModel, requestOf } from './request.js';
import type { Asking } from './resource.js';
import type { Show } from './show.js';
import { declared, linked, loadFields, loadShows, showsOf } from './shows.js';

/** Returns what a question needs, if it is here. */
function current() {
  const fields = declared.peek();
  return opened && fields && { ...opened, fields };
}

const context = async () => ({ ...(await opening), fields: await loadFields() });

/**
 * Asks for the list of a state. While a model of the usual mix is on its way, the first one
 * answers alone.
 */
export async function askRanked(
  state: State,
  own: OwnList | undefined,
  { signal, partial }: Asking<Ranked>,
): Promise<Ranked> {
  const { client, ends: both, info, fields } = current() ?? (await context());
  signal.throwIfAborted();
  const names = both.map(([name]) => name);
  const [first, second] = names;
  const mix = state.mix ?? usualMix(both);
  const isFirstAlone = second !== undefined && mix === 0;
  const { defaultModel } = info;
  const askOf = (now: State, models: string[]) => {
    const request = requestOf(now, { models, mix, own, fields, linked });
    return askList(client, request, now, { signal, isFirstAlone, hasTwo: second !== undefined });
  };
  const ask = (models: string[]) =>
    askOf(state, models).catch(async (error) => {
      if (Object(error).code !== 'unknown_id') throw error;
      return askOf(await withoutUnknown(state), models);
    });
  // Nobody has moved the slider: the page asks the release's own question.
  if (state.mix === undefined && mix === 0 && first === defaultModel) return ask([]);
  if (second !== undefined && !isFirstAlone && !loaded.has(second) && !isStart(state)) {
    if (mix < 100) partial(await ask([first]));
    await loadModel(second).catch(() => {}); // the next answer says why
  }
  return ask(names);
}

/** Returns the state without likes that this catalogue does not have: a link may have no other. */
async function withoutUnknown(state: State): Promise<State> {
  const shows = await loadShows(state.liked);
  return { ...state, liked: state.liked.filter((_, at) => shows[at]) };
}

interface ListOptions {
  signal: AbortSignal;
  isFirstAlone: boolean;
  /** The slider has two ends. */
  hasTwo: boolean;
}

async function askList(
  client: Osusume,
  request: ReturnType<typeof requestOf>,
  state: State,
  { signal, isFirstAlone, hasTwo }: ListOptions,
): Promise<Ranked> {
  let ms = 0;
  const onTime = (time: number) => {
    ms = time;
  };
  const { items, warnings } = await client.recommend(request, { signal, onTime });
  const named = items.flatMap(({ because = [] }) => because.slice(0, NAMED));
  const ids = new Set(named.flatMap((reason) => ('id' in reason ? [reason.id] : [])));
  const [shows, liked, reasons] = await Promise.all([
    showsOf(items),
    loadShows(state.liked),
    loadShows([...ids]),
  ]);
  const byId = new Map([...ids].map((id, at) => [id, reasons[at]]));
  const here = new Set(liked.flatMap((show) => show?.id ?? []));
  const isPopular = warnings.some(({ code }) => code === 'start_list'); // alike to nothing
  const shares = isPopular ? [] : sharesOf(items);
  const results = items.map(
    (item, at): Result => ({
      show: shows[at],
      score: item.score,
      share: shares[at],
      reasons: reasonsOf(item, byId, here),
      lead: leadOf(item.byModel, hasTwo, state.text !== undefined),
    }),
  );
  return { results, warnings, isFirstAlone, ms };
}

function reasonsOf(
  { because = [] }: Recommended,
  shows: Map<number, Show | undefined>,
  here: Set<number>,
): Reason[] {
  return because.map((reason) =>
    'id' in reason
      ? { share: reason.share, own: !here.has(reason.id), show: shows.get(reason.id) }
      : { share: reason.share, own: false, word: reason.word },
  );
}

function leadOf(byModel: Record<string, number> | undefined, hasTwo: boolean, isTyped: boolean) {
  if (!hasTwo || (isTyped && Object.keys(byModel ?? {}).length < 2)) return undefined;
  return leadingModel(byModel) ?? 'both';
}
