// When the page shows its answer: all at once, so that nothing moves under the reader.
import { effect, signal } from '@preact/signals-core';
import { examples, fields, hasArrived, release } from '../../queries/answers.js';
import { onlyLiked } from '../../state/address.js';
import { state } from '../../state/store.js';
import { failure } from './Failure.js';

export const isAnswerShown = signal(false);
/** The filters keep their place until the catalogue is loaded. */
export const isSideShown = signal(false);

/** The lists of one show come before the rest, which needs the whole catalogue. */
const isEarly = onlyLiked(state.peek()) !== undefined;
const isDone = ({ status }: { status: string }) => status === 'ready' || status === 'error';

effect(() => {
  const isOpened = [examples, fields, release].every(({ result }) => isDone(result.value));
  const isAll = hasArrived.value && isOpened;
  if (isAll) isSideShown.value = true;
  if (isAll || (isEarly && hasArrived.value) || failure.value !== undefined)
    isAnswerShown.value = true;
});
