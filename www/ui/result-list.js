// @ts-check
// One ranked list: the shows that one model finds for the chosen one. Draws; never ranks.

import { hrefOf } from './address.js';
import { formatFacts, formatScore } from './format.js';
import { createPicture } from './picture.js';
import { createProblem } from './problem.js';

/** @typedef {import('../client/index.js').Item} Item */
/** @typedef {import('../client/index.js').Answer} Answer */
/** @typedef {{ answer: Answer, items: Item[] }} Ranked `items` has the facts of each answer, in the same order */

/**
 * Binds a list to one model of a recommender.
 *
 * @param {{ list: HTMLElement, note: HTMLElement }} parts `list` gets one `<li>` per show, best first; `note` what there is to say instead
 * @param {string} model
 * @param {string} uncovered what to say of a show that the model does not know
 * @param {(item: Item) => Promise<Ranked | undefined>} rank waits for the model; nothing if it does not know the show
 */
export function createResultList({ list, note }, model, uncovered, rank) {
  const { ownerDocument: document } = list;
  let latest = 0;

  /** @param {string} text */
  function say(text) {
    const paragraph = document.createElement('p');
    paragraph.className = 'note';
    paragraph.textContent = text;
    note.replaceChildren(paragraph);
  }

  /** @param {Ranked} ranked */
  function draw({ answer, items }) {
    // The best score is a full bar: the length says how a show compares with the first, the number is the score itself.
    const best = Math.max(...answer.items.map(({ score }) => score));
    list.replaceChildren(...answer.items.map((row, at) => createRow(row.score, best, items[at])));
  }

  /** @param {number} score @param {number} best @param {Item} item */
  function createRow(score, best, item) {
    const row = document.createElement('li');
    row.className = 'show';
    row.dataset.id = String(item.id);
    row.dataset.score = String(score); // every digit, for whoever compares
    const link = document.createElement('a');
    link.href = hrefOf(item.key ?? item.id);
    link.textContent = item.title; // never innerHTML: titles are data
    const title = document.createElement('h3');
    title.append(link);
    const facts = document.createElement('p');
    facts.className = 'facts';
    facts.textContent = formatFacts(item);
    const genres = document.createElement('p');
    genres.className = 'genre-line';
    genres.textContent = item.genres.join(', ');
    const bar = document.createElement('p');
    bar.className = 'bar';
    bar.style.setProperty('--share', String(best > 0 ? Math.max(0, score / best) : 0));
    const label = document.createElement('span');
    label.className = 'unseen';
    label.textContent = 'Similarity ';
    const number = document.createElement('span');
    number.className = 'number';
    number.textContent = formatScore(score);
    bar.append(label, number);
    const text = document.createElement('div');
    text.append(title, facts, genres, bar);
    row.append(createPicture(document, item), text);
    return row;
  }

  return {
    /**
     * Draws the shows like `item`, unless a later call overtakes this one. Resolves to how many there are.
     * @param {Item} item
     * @returns {Promise<number>}
     */
    async show(item) {
      const turn = ++latest;
      list.replaceChildren();
      const waiting = setTimeout(() => turn === latest && say('On its way…'), 120);
      try {
        const ranked = await rank(item);
        if (turn !== latest) return 0;
        if (!ranked || ranked.answer.model !== model || ranked.answer.warnings.some(({ code }) => code === 'model_fallback')) {
          say(uncovered); // another model's picks do not belong under this heading
          return 0;
        }
        note.replaceChildren();
        draw(ranked);
        return ranked.answer.items.length;
      } catch (error) {
        if (turn === latest) note.replaceChildren(createProblem(document, error, () => this.show(item)));
        return 0;
      } finally {
        clearTimeout(waiting);
      }
    },
    /** Empties the list. */
    clear() {
      latest += 1;
      list.replaceChildren();
      note.replaceChildren();
    },
  };
}
