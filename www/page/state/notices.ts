// Notices: sentences above the list, each with a name, in the order of coming.
import { signal } from '@preact/signals-core';

export interface Notice {
  /** Returns the sentence in the current language. An empty one hides the notice. */
  text: () => string;
  /** A button beside it. */
  action?: { text: () => string; onPress: () => void };
}

const all = signal<ReadonlyMap<string, Notice>>(new Map());

export const notices = {
  all,
  /** Shows a notice, or takes it away. */
  set(name: string, text?: Notice['text'], action?: Notice['action']) {
    const changed = new Map(all.peek());
    if (text) changed.set(name, action ? { text, action } : { text });
    else if (!changed.delete(name)) return;
    all.value = changed;
  },
};
