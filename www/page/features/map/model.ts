// The state of the map: the items in view, the chosen one, the one pointed at.

import { computed, effect, signal, untracked } from '@preact/signals-core';
import type { ItemMap } from 'osusume';
import { named, shownIds } from '../../queries/answers.js';
import { resource } from '../../queries/resource.js';
import type { Show } from '../../queries/show.js';
import { loadShow, loadShows } from '../../queries/shows.js';
import { titleOf } from '../../ui/ShowTitle.js';
import type { Look } from './paint.js';
import { Stage } from './stage.js';

/** Items that are named, on the map and in the list beside it, beyond those of the visitor. */
const LEAST_IN_LIST = 14;
const MOST_IN_LIST = 40;
/** From afar only the visitor's own items are named: the regions have names of their own. */
const TITLES_ZOOM = 2.5;

export interface InView {
  count: number;
  items: { row: number; show: Show }[];
}
export type MapModel = ReturnType<typeof createMapModel>;

/** Returns signals of the items that the visitor has lit up, pointed at and chosen. */
function createSelection(map: ItemMap) {
  const rows = new Map([...map.ids].map((id, row) => [id, row]));
  const rowsOf = (ids: number[]) => new Set(ids.flatMap((id) => rows.get(id) ?? []));
  const liked = computed(() => rowsOf((named.result.value.value?.liked ?? []).map(({ id }) => id)));
  const results = computed(() => rowsOf(shownIds.value));
  const [chosen, hovered] = [signal(-1), signal(-1)];
  const showOf = (row: () => number) =>
    resource(
      () => (row() >= 0 ? String(row()) : undefined),
      () => loadShow(map.ids[row()]),
    );
  return {
    map,
    liked,
    results,
    /** Rows; -1 is none. */
    chosen,
    hovered,
    chosenShow: showOf(() => chosen.value),
    hoveredShow: showOf(() => hovered.value),
    /** The group that stands out; -1 is none. */
    only: signal(-1),
    inView: signal<InView>({ count: 0, items: [] }),
    isLit: (row: number) => liked.value.has(row) || results.value.has(row),
  };
}
type Selection = ReturnType<typeof createSelection>;

export function createMapModel(map: ItemMap) {
  const selection = createSelection(map);
  const { chosen, hovered } = selection;
  let stage: Stage | undefined;
  return {
    ...selection,
    stage: () => stage,
    choose: (row: number) => {
      chosen.value = row;
      stage?.goTo(row);
    },
    /** Draws into a canvas; `readLook` reads its colours. Returns a function that stops it. */
    attach(canvas: HTMLCanvasElement, readLook: () => Look) {
      let naming = 0;
      const updateInView = async () => {
        const turn = ++naming;
        const found = stage?.isVisible() && (await nameInView(stage, selection));
        if (found && turn === naming) selection.inView.value = found;
      };
      stage = new Stage(canvas, map, {
        onMove: () => {
          hovered.value = -1;
        },
        onSettle: updateInView,
        onHover: (row) => {
          hovered.value = row;
        },
        onChoose: (row) => {
          chosen.value = row;
        },
        readLook,
      });
      return followSelection(stage, selection, updateInView);
    },
  };
}

/** Names the best known of the items in view, the visitor's own first. */
async function nameInView(stage: Stage, selection: Selection): Promise<InView> {
  const { map, liked, results, isLit } = selection;
  const all = stage.rowsInView();
  const most = Math.min(MOST_IN_LIST, LEAST_IN_LIST + liked.value.size + results.value.size);
  const first = [...all.filter(isLit), ...all.filter((row) => !isLit(row))].slice(0, most);
  const shows = await loadShows(first.map((row) => map.ids[row])).catch(() => []);
  const items = first.flatMap((row, at) => {
    const show = shows[at];
    return show ? [{ row, show }] : [];
  });
  return { count: all.length, items };
}

/** Draws the selection whenever it changes; returns a function that stops that. */
function followSelection(stage: Stage, selection: Selection, updateInView: () => void) {
  const { liked, results, only, chosen, inView, isLit } = selection;
  const stops = [
    effect(() => stage.update({ chosen: chosen.value })),
    effect(() => {
      stage.update({ liked: liked.value, results: results.value, only: only.value });
      untracked(updateInView);
    }),
    effect(() => {
      const isNear = stage.camera.zoom >= TITLES_ZOOM;
      const titles = inView.value.items.filter(({ row }) => isNear || isLit(row));
      stage.update({ titles: titles.map(({ row, show }) => ({ row, text: titleOf(show) })) });
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
