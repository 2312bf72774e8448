// The answers that the page shows, each a resource of the store's state.

import { computed, effect, type ReadonlySignal, signal } from '@preact/signals-core';
import type { Id } from 'osusume';
import { onlyLiked } from '../state/address.js';
import { site } from '../state/site.js';
import { ownList, ownVersion, parts, question, state } from '../state/store.js';
import type { Ranked, Related } from './lists.js';
import { client, type Opened, opening } from './open.js';
import { askRanked } from './ranked.js';
import { askRelated } from './related.js';
import { type Resource, resource } from './resource.js';
import { isShow, type Show } from './show.js';
import { glimpse, loadFields, loadShow, loadShows } from './shows.js';

/** Shows of a list beside the details of a show. */
const ALIKE = 5;
const RELATED = 10;

const always = () => '';
const keyOf = (id: Id | undefined) => (id === undefined ? undefined : `${typeof id} ${id}`);

/** The opened release, or why it could not be opened. */
export const release: Resource<Opened> = resource(always, () => opening);
export const fields = resource(always, loadFields);

const onlyLikedId = computed(() => onlyLiked(state.value));

/** The one show that is liked, its title first. */
export const chosen: Resource<Show> = resource(
  () => keyOf(onlyLikedId.value),
  async ({ partial }) => {
    const id = onlyLikedId.peek() as Id;
    const show = await glimpse(id);
    if (!show.preliminary) return show;
    partial(show);
    return loadShow(id);
  },
);

/** Returns the lists of a show, one for each model of the slider. */
const listsOf = (id: ReadonlySignal<Id | undefined>, limit: number) =>
  site.slider.map(([model]) => ({
    model,
    list: resource<Related>(
      () => keyOf(id.value),
      (asking) => askRelated(id.peek() as Id, model, limit, asking),
    ),
  }));

/** The lists of the show that is liked alone. */
export const related = listsOf(onlyLikedId, RELATED);

const isListed = computed(() => onlyLikedId.value === undefined);
/** The one list that answers everything that is set. */
export const ranked: Resource<Ranked> = resource(
  () => {
    if (!isListed.value) return undefined;
    return parts.own.value ? `${question.value} ${ownVersion.value}` : question.value;
  },
  (asking) => {
    const now = state.peek();
    return askRanked(now, now.own ? ownList.peek() : undefined, asking);
  },
);

export interface Named {
  liked: Show[];
  disliked: Show[];
  /** How many of the ids this catalogue does not have. */
  unknown: number;
}

/** The shows that the list is made of. */
export const named: Resource<Named> = resource(
  () => JSON.stringify([parts.liked.value, parts.disliked.value]),
  async ({ partial }) => {
    const { liked, disliked } = state.peek();
    const id = onlyLikedId.peek();
    if (id !== undefined) {
      // The only one there is fails if it is unknown; of several the others count.
      const ofOne = (show: Show) => ({ liked: [show], disliked: [], unknown: 0 });
      const show = await glimpse(id);
      if (show.preliminary) partial(ofOne(show));
      return ofOne(await loadShow(id));
    }
    const both = await Promise.all([loadShows(liked), loadShows(disliked)]);
    const [likes, dislikes] = both.map((shows) => shows.flatMap((show) => show ?? []));
    const unknown = liked.length + disliked.length - likes.length - dislikes.length;
    return { liked: likes, disliked: dislikes, unknown };
  },
);

/** The show whose details are open. */
export const details: Resource<Show> = resource(
  () => keyOf(parts.show.value),
  () => loadShow(parts.show.peek() as Id),
);
/** The lists beside these details. */
export const neighbours = listsOf(parts.show, ALIKE);

export const examples = resource(always, async () => {
  const shows = await loadShows(site.examples).catch(() => []);
  return shows.flatMap((show) => show ?? []);
});

/** Resolves when every file of the release is loaded and kept. */
export const whole = client.then((opened) => opened.ready());
whole.catch(() => {}); // the lists say what is missing

/** The lists that are in sight: those of one show once it is here, the one list at once. */
export type View = 'none' | 'related' | 'ranked';
export const view = signal<View>('none');
/** Whether there has been anything to see. */
export const hasArrived = signal(false);

effect(() => {
  if (isListed.value) {
    view.value = 'ranked';
    if (ranked.result.value.status !== 'loading') hasArrived.value = true;
    return;
  }
  const { status, value } = chosen.result.value;
  if (status === 'error') view.value = 'none';
  else if (value && isShow(value, onlyLikedId.value)) showRelated();
  const isSeen =
    related.length === 0 || related.some(({ list }) => list.result.value.status !== 'loading');
  if (status === 'error' || (view.value === 'related' && isSeen)) hasArrived.value = true;
});

/** The one list makes room: until then it stays in sight. */
function showRelated() {
  if (view.peek() === 'related') return;
  view.value = 'related';
  ranked.clear();
}

/** Returns the rows of a list of the show in sight; rows of the show before are none of it. */
export function relatedOf(list: Resource<Related>): Related | undefined {
  const { value } = list.result.value;
  const show = chosen.result.value.value;
  return value && show && isShow(show, value.id) ? value : undefined;
}

/** The ids that the lists in sight hold, for the map. */
export const shownIds = computed(() => {
  const lists =
    view.value === 'related'
      ? related.flatMap(({ list }) => relatedOf(list)?.results ?? [])
      : (ranked.result.value.value?.results ?? []);
  return lists.map(({ show }) => show.id);
});
