// The shows that the page has seen; each is asked for once.

import { signal } from '@preact/signals-core';
import { type Field, type Id, OsusumeError, type Recommended } from 'osusume';
import { site } from '../state/site.js';
import { placesOf } from './links.js';
import { client, nearest } from './open.js';
import { allowedImage, idOf, type Known, type Show, showOf, titleOnly } from './show.js';

/** Fields that links fill in. */
export const linked = site.links.flatMap(({ template }) => placesOf(template));
/** The declared fields, once the catalogue is loaded. */
export const declared = signal<Field[] | undefined>(undefined);
const known = new Map<Id, Promise<Show>>();
/** Those of them that are loaded. */
const arrived = new Map<Id, Show>();
let fieldsPromise: Promise<Field[]> | undefined;

/** Returns the declared fields; a failure is forgotten, so that the next call asks again. */
export function loadFields(): Promise<Field[]> {
  fieldsPromise ??= client
    .then((opened) => opened.info())
    .then(({ fields }) => {
      declared.value = fields;
      return fields;
    })
    .catch((error) => {
      fieldsPromise = undefined;
      throw error;
    });
  return fieldsPromise;
}
loadFields().catch(() => {}); // whoever needs them asks again

const imageOf = (image: string | undefined) => allowedImage(image, site.images, document.baseURI);
export const toShow = (item: Known, fields: Field[]) => showOf(item, fields, imageOf);

function remember(id: Id, show: Promise<Show>): Promise<Show> {
  known.set(id, show);
  show.then(
    (here) => arrived.set(id, here),
    () => known.delete(id),
  );
  return show;
}

/** Returns the show of an item with all its fields, and keeps it. */
export function knowShow(item: Known, fields: Field[]): Show {
  const show = toShow(item, fields);
  keepShow(show);
  return show;
}

function keepShow(show: Show) {
  for (const id of new Set([show.id, idOf(show)])) {
    known.set(id, Promise.resolve(show));
    arrived.set(id, show);
  }
}

/** Returns everything about a show. */
export function loadShow(id: Id): Promise<Show> {
  const load = async () => {
    const [item, fields] = await Promise.all([client.then((all) => all.item(id)), loadFields()]);
    return toShow(item, fields);
  };
  return known.get(id) ?? remember(id, load());
}

/** Asks for several shows in one call. */
function gather(ids: Id[]) {
  const missing = ids.filter((id) => !known.has(id));
  if (!missing.length) return;
  const items = client.then((opened) => opened.items(missing));
  const coming = Promise.all([items, loadFields()]).then(([found, fields]) => {
    const shows = found.map((item) => toShow(item, fields));
    return new Map(
      shows.flatMap((show) => [[show.id, show] as const, [idOf(show), show] as const]),
    );
  });
  for (const id of missing) {
    const one = coming.then((found) => {
      const show = found.get(id);
      if (!show) throw new OsusumeError('unknown_id', `no item has the id ${id}`);
      return show;
    });
    remember(id, one);
  }
}

/** Returns several shows in one call; `undefined` stands for an unknown one. */
export function loadShows(ids: Id[]): Promise<(Show | undefined)[]> {
  gather(ids);
  const orNothing = (error: unknown) => {
    if (Object(error).code !== 'unknown_id') throw error;
    return undefined;
  };
  return Promise.all(ids.map((id) => loadShow(id).catch(orNothing)));
}

/** Returns a show, or its title alone while the rest is on its way. */
export async function glimpse(id: Id): Promise<Show> {
  const here = arrived.get(id);
  if (here) return here;
  const item = await (await nearest()).item(id, { preliminary: true });
  return item.preliminary ? titleOnly(item) : toShow(item, await loadFields());
}

/**
 * Returns the shows of an answer. They come with it, unless it was asked for before the fields
 * were known.
 */
export async function showsOf(items: Recommended[]): Promise<Show[]> {
  const fields = await loadFields();
  for (const item of items) if (item.fields && !arrived.has(item.id)) knowShow(item, fields);
  gather(items.map(({ id }) => id));
  return Promise.all(items.map(({ id }) => arrived.get(id) ?? loadShow(id)));
}
