// After a link or a step back: the answer begins at the top, and has the focus if the pressed
// element is gone.
import { effect } from '@preact/signals-core';
import { view } from '../../queries/answers.js';
import { hashOf, onlyLiked, questionOf } from '../../state/address.js';
import { notices } from '../../state/notices.js';
import { listenToAddress, question, state } from '../../state/store.js';
import { status } from './Status.js';

/** The parts of the page that change with the answer. */
const CHANGING = '#lists, #hint, #picks, #ranked';
let isInside = false;

export function listenForFocus() {
  listenToAddress((next) => {
    const isOther = hashOf(questionOf(next)) !== question.peek();
    isInside = isOther && Boolean(document.activeElement?.closest(CHANGING));
    notices.set('shared');
    const one = onlyLiked(next);
    if (one !== undefined && one !== onlyLiked(state.peek())) scrollTo({ top: 0 });
  });
  effect(() => {
    if (status.value.isBusy || view.value === 'none') return;
    requestAnimationFrame(focusAnswer); // once it is drawn
  });
}

function focusAnswer() {
  if (!isInside || status.peek().isBusy) return;
  isInside = false;
  const { activeElement } = document;
  const isGone =
    !activeElement ||
    activeElement === document.body ||
    activeElement.getClientRects().length === 0;
  const id = view.peek() === 'related' ? 'chosen-title' : 'ranked-title';
  if (isGone) document.getElementById(id)?.focus({ preventScroll: true });
}
