// The typed text, its suggestions, and the choice among them.

import { batch, signal } from '@preact/signals-core';
import type { Found as FoundItem } from 'osusume';
import { t } from '../../i18n/index.js';
import { release } from '../../queries/answers.js';
import { client } from '../../queries/open.js';
import { idOf, type Show } from '../../queries/show.js';
import { knowShow, loadFields, loadShows } from '../../queries/shows.js';
import { change, go, state, without } from '../../state/store.js';

export type Found = Show & Pick<FoundItem, 'matched' | 'language' | 'spans'>;
/** A suggestion: a show, or what was typed as a description. */
export type Suggestion =
  | { show: Found; isAmbiguous: boolean; text?: undefined }
  | { text: string; show?: undefined };

const SUGGESTIONS = 8;
/** A shorter text is the beginning of a title. */
const LEAST_WORDS = 4;
/** The catalogue is told to be on its way after this time. */
const PATIENCE_MS = 150;

export const options = signal<Suggestion[]>([]);
/** The active suggestion; -1 is the field itself. */
export const active = signal(-1);
/** The sentence under the field. */
export const note = signal<(() => string) | undefined>(undefined);

export const optionId = (at: number) => `suggestions-${at}`;

let field: HTMLInputElement | null = null;
export const setInput = (input: HTMLInputElement | null) => {
  field = input;
  if (input?.value) onInput(); // typed before the page had started
};
const typed = () => field?.value.trim() ?? '';

let latest = 0;
let isTyping = false;
let asking: Promise<void> = Promise.resolve();

function show(found: Suggestion[], sentence?: () => string) {
  batch(() => {
    if (found.length || options.peek().length) options.value = found;
    active.value = -1;
    note.value = sentence;
  });
}

export const closeList = () => show([]);

/** Suggests shows for what is typed, unless more is typed meanwhile. */
async function suggest() {
  const turn = ++latest;
  const isCurrent = () => turn === latest;
  const text = typed();
  if (text === '') return closeList();
  const waiting = setTimeout(() => isCurrent() && show([], () => t('waitCatalogue')), PATIENCE_MS);
  try {
    const found = await find(text);
    if (!isCurrent()) return;
    const count = found.length;
    show([...suggestionsOf(found), ...ownWords(text)], () =>
      count ? t('found', { count }) : t('foundNone'),
    );
  } catch (error) {
    if (isCurrent()) closeList();
    throw error; // the page shows the failure
  } finally {
    clearTimeout(waiting);
  }
}

/** Asks for suggestions again. */
export function refresh() {
  asking = suggest();
  asking.catch(() => {});
}

async function find(text: string): Promise<Found[]> {
  const opened = await client;
  const [found, fields] = await Promise.all([opened.find(text, SUGGESTIONS), loadFields()]);
  return found.map((item) => {
    const { matched, language, spans } = item;
    return { ...knowShow(item, fields), matched, language, spans };
  });
}

function suggestionsOf(found: Found[]): Suggestion[] {
  const titles = found.map(({ title }) => title);
  const isTwice = (title: string) => titles.indexOf(title) !== titles.lastIndexOf(title);
  return found.map((each) => ({ show: each, isAmbiguous: isTwice(each.title) }));
}

/** The way to what is meant if it is no title. */
function ownWords(text: string): Suggestion[] {
  const models = release.result.peek().value?.info.models ?? [];
  const takesWords = models.some((model) => model.text);
  return takesWords && text.length >= LEAST_WORDS ? [{ text }] : [];
}

export async function choose(suggestion: Suggestion) {
  latest += 1; // an answer still on its way comes too late
  isTyping = false;
  if (field) field.value = '';
  closeList();
  if (!suggestion.show) return change({ text: suggestion.text, show: undefined }, 'push');
  const id = idOf(suggestion.show);
  // Ids of a link that this catalogue does not have would fail for ever.
  const { liked } = state.peek();
  const known = await loadShows(liked);
  const others = liked.filter((each, at) => known[at] && each !== id);
  go({ ...without(suggestion.show), liked: [...others, id], show: undefined });
}

/** Chooses the active suggestion, or the first, once they are here. */
export async function submit() {
  if (options.peek().length === 0) refresh();
  let awaited: Promise<void>;
  do {
    awaited = asking;
    await awaited.catch(() => {});
  } while (awaited !== asking); // more was typed meanwhile
  const chosen = options.peek()[Math.max(active.peek(), 0)];
  if (chosen) choose(chosen);
}

export function onInput() {
  isTyping = true;
  refresh();
}

/** Closes the suggestions or, if they are closed, empties the field. */
export function onEscape() {
  latest += 1;
  if (field && options.peek().length === 0) field.value = '';
  isTyping = typed() !== '';
  closeList();
}

/** Empties the field, unless somebody is typing there. */
export function clear() {
  if (isTyping && document.activeElement === field) return;
  latest += 1;
  if (field) field.value = '';
  closeList();
}
