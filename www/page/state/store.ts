// The one store. The state is the address; every change of it goes through `go`.

import { computed, signal } from '@preact/signals-core';
import type { Id } from 'osusume';
import {
  emptyState,
  hashOf,
  isStart,
  onlyLiked,
  questionOf,
  type State,
  shareParts,
  stateOf,
} from './address.js';
import { createKeep, type OwnList, readOwnList, storageOf } from './keep.js';
import { site } from './site.js';

/** A show as an address may name it. */
interface Named {
  id: number;
  key?: string | undefined;
}
/** The vote of a visitor for a show. */
export type Vote = 'like' | 'dislike' | 'seen';

/** Browsers ration changes of the address: Safari allows 100 in 30 s. */
const LEAST_MS = 400;
/** The answer comes first. A reload in Firefox or Safari does not write what is unwritten. */
const AFTER_MS = 50;
const LISTS = { like: 'liked', dislike: 'disliked', seen: 'seen' } as const;

export const keep = createKeep(storageOf(window), site.base.pathname);
// A search stands for a hash once: else an empty hash would mean it again.
if (location.hash.length < 2 && location.search)
  history.replaceState(null, '', location.pathname + hashOf(stateOf(location)));
export const state = signal<State>(stateOf(location));
export const ownList = signal<OwnList | undefined>(readOwnList(keep));
/** Counts the own lists, to tell one from another. */
export const ownVersion = signal(0);
const part = <Name extends keyof State>(name: Name) => computed(() => state.value[name]);
/** The parts of the state: a component is drawn anew by a change of those that it reads. */
export const parts = {
  liked: part('liked'),
  disliked: part('disliked'),
  seen: part('seen'),
  text: part('text'),
  own: part('own'),
  mix: part('mix'),
  filters: part('filters'),
  niche: part('niche'),
  collapse: part('collapse'),
  diversity: part('diversity'),
  limit: part('limit'),
  map: part('map'),
  show: part('show'),
  release: part('release'),
};
/** The address of the last visit. */
export const lastVisit = signal(keep.get('last'));
/** Whether nothing is set. */
export const isStartPage = computed(() => isStart(state.value));
/** Whether the list follows from what somebody likes. */
export const hasTaste = computed(
  () =>
    parts.liked.value.length > 0 ||
    parts.text.value !== undefined ||
    (parts.own.value && ownList.value !== undefined),
);
/** The address of the question that the lists answer. */
export const question = computed(() => hashOf(questionOf(state.value)));
/** Whether the panel and the map were opened from a state without them: closing goes back. */
const closesByBack = { show: false, map: false };

/** The address that is still to be written. */
let unwritten: string | undefined;
let writing: ReturnType<typeof setTimeout> | undefined;
/** When the address was written last. */
let written = 0;
/** The part of the browser's address that the state was taken from. */
let followed = location.hash;
let onNavigate = (_next: State) => {};

const address = () => ({ hash: unwritten ?? location.hash, search: '' });

/** Writes the state into the address, and for the next visit. */
export function writeAddress() {
  clearTimeout(writing);
  writing = undefined;
  if (unwritten !== undefined) {
    history.replaceState(null, '', unwritten);
    followed = location.hash; // else a step that the browser has yet to tell of would be missed
  }
  unwritten = undefined;
  written = performance.now();
  if (isStart(state.peek())) return;
  keep.set('last', question.peek());
  lastVisit.value = question.peek();
}

/** Goes to a state. `replace` leaves no step for the back button. */
export function go(next: Partial<State>, how: 'push' | 'replace' = 'push') {
  const hash = hashOf({ ...next, release: undefined });
  if (how === 'push' && unwritten !== undefined) writeAddress(); // where the back button leads
  if (how === 'replace' && hash !== address().hash) unwritten = hash;
  const isHere = hash === location.hash || (hash === '#' && location.hash === '');
  if (how === 'replace' || isHere) {
    follow();
  } else {
    location.hash = hash;
    step();
  }
}

/** Changes a part of the state. */
export const change = (part: Partial<State>, how: 'push' | 'replace' = 'replace') =>
  go({ ...state.peek(), ...part }, how);

/** Follows a step: at once after `go`, since the browser tells of it some milliseconds later. */
function step() {
  if (location.hash === followed) return;
  followed = location.hash;
  unwritten = undefined;
  onNavigate(stateOf(location));
  follow(true);
}

/** Takes the state from the address. */
function follow(isStep = false) {
  const before = state.peek();
  const now = shareParts(before, stateOf(address()));
  // A step that leaves a part open, a vote say, would be taken back by going back.
  if (now.map !== before.map) closesByBack.map = now.map;
  else if (isStep) closesByBack.map = false;
  if (now.show !== before.show)
    closesByBack.show = before.show === undefined && now.show !== undefined;
  else if (isStep) closesByBack.show = false;
  state.value = now;
  const wait = Math.max(AFTER_MS, written + LEAST_MS - performance.now());
  writing ??= setTimeout(writeAddress, wait);
}

/** Closes the panel of a show or the map: a step back, if opening it was one. */
export function close(part: 'show' | 'map') {
  if (closesByBack[part]) history.back();
  else change(part === 'show' ? { show: undefined } : { map: false });
}

/** Returns the state without a show in any list. */
export function without({ id, key }: Named): State {
  const others = (ids: Id[]) => ids.filter((each) => each !== id && each !== key);
  const { liked, disliked, seen, ...rest } = state.peek();
  return { ...rest, liked: others(liked), disliked: others(disliked), seen: others(seen) };
}

/** Counts a vote for a show; the same vote again takes it back. */
export function vote(kind: Vote, show: Named) {
  const name = LISTS[kind];
  const rest = without(show);
  const isTaken = has(state.peek()[name], show);
  go(isTaken ? rest : { ...rest, [name]: [...rest[name], show.key ?? show.id] });
}

export const hasVote = (kind: Vote, show: Named) => has(state.value[LISTS[kind]], show);

const has = (ids: Id[], { id, key }: Named) =>
  ids.some((each) => each === id || (key !== undefined && each === key));

/** Returns the link of a title: the shows like it or, in a list made of several things, its details. */
export function linkOf(id: Id): string {
  const { value } = state;
  if (onlyLiked(value) !== undefined) return hashOf({ liked: [id] });
  if (hasTaste.value) return hashOf({ ...value, show: id });
  return hashOf({ ...value, liked: [id], show: undefined });
}

/** Keeps another own list. */
export function setOwnList(list: OwnList | undefined) {
  keep.set('list', list && JSON.stringify(list));
  ownList.value = list;
  ownVersion.value += 1;
}

/** Forgets everything that the visitor has set. */
export function forgetAll() {
  keep.clear();
  lastVisit.value = undefined;
  ownList.value = undefined;
  go(emptyState());
}

/** Listens to the browser: links, the back button, leaving. `listener` runs before the state changes. */
export function listenToAddress(listener: (next: State) => void) {
  onNavigate = listener;
  const writeFirst = () => {
    if (unwritten !== undefined) writeAddress();
  };
  addEventListener('click', writeFirst, true); // a link leaves its step behind the last change
  addEventListener('pagehide', writeAddress);
  addEventListener('hashchange', step);
}
