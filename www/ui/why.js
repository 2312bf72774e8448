// @ts-check
// One line that says why a show is there: which liked shows carry it, each with a small bar, and which model.

import { formatPercent } from './format.js';
import { make } from './make.js';

/** @typedef {{ title: string, share: number, own: boolean, isWord?: boolean }} Reason `own`: it comes from the visitor's own list; `isWord`: it is a word that was typed */

/** Reasons that are named. */
const NAMED = 3;
/** Reasons that an answer has at most; there may be others then. */
const MOST = 10;

/**
 * Makes the line; `draw` draws other reasons in it.
 * @param {Document} document
 */
export function createWhy(document) {
  const element = make(document, 'p', { class: 'why' });
  /** What the words were drawn for, and what shows the shares. */
  let words = '';
  /** @type {{ meter: HTMLElement, number: Text }[]} */
  let measures = [];

  return {
    element,
    /**
     * @param {import('./voice.js').Voice} voice
     * @param {Reason[]} reasons the strongest first; shares add up to 1, unless some were left out
     * @param {string | undefined} by what the leading model goes by, where one leads; empty says nothing of models
     */
    draw({ language, say }, reasons, by) {
      const named = reasons.slice(0, NAMED).filter(({ share }) => share >= 0.005);
      const rest = reasons.slice(named.length);
      const isCut = reasons.length >= MOST;
      const left = isCut ? 1 - named.reduce((sum, { share }) => sum + share, 0) : rest.reduce((sum, { share }) => sum + share, 0);
      const shown = [...named.map(({ title, share }) => ({ title, share })), ...(left >= 0.005 ? [{ title: isCut ? say('whyMore') : say('whyOthers', { count: rest.length }), share: left }] : [])];
      const isOwn = named.length > 0 && named.every(({ own }) => own);
      const isWords = named.length > 0 && named.every(({ isWord }) => isWord);
      const end = [say(isWords ? 'whyWordsAfter' : 'whyAfter'), isOwn ? say('whyOwn') : '', by === '' ? '' : by === undefined ? say('whyBoth') : say('whyMostly', { by })].join('');
      const start = say(isWords ? 'whyWords' : 'whyBefore');
      const now = JSON.stringify([language, start, shown.map(({ title }) => title), end]);
      if (now !== words) {
        words = now;
        measures = shown.map(() => ({ meter: make(document, 'span', { class: 'meter', 'aria-hidden': 'true' }), number: document.createTextNode('') }));
        element.replaceChildren(start, ...measures.flatMap(({ meter, number }, at) => [
          at ? say('whyBetween') : '',
          make(document, 'span', { class: 'reason' }, make(document, 'b', {}, shown[at].title), ' ', make(document, 'span', { class: 'measure' }, meter, number)),
        ]), end);
      }
      for (const [at, { meter, number }] of measures.entries()) {
        meter.style.setProperty('--share', String(shown[at].share));
        const text = formatPercent(shown[at].share, language);
        if (number.data !== text) number.data = text;
      }
    },
  };
}
