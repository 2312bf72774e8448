// The keys of the search field.
import { active, closeList, onEscape, options, refresh } from './search.js';

function move(step: 1 | -1) {
  const last = options.peek().length - 1;
  if (last < 0) return refresh();
  const { value } = active;
  if (step === 1) active.value = value === last ? -1 : value + 1;
  else active.value = value === -1 ? last : value - 1;
}

export function onKeyDown(event: KeyboardEvent) {
  // Enter ends a Japanese conversion; it chooses nothing then.
  if (event.isComposing || event.ctrlKey || event.metaKey) return;
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    move(event.key === 'ArrowDown' ? 1 : -1);
  } else if (event.key === 'Escape') {
    event.preventDefault();
    onEscape();
  } else if (event.key === 'Tab') {
    closeList();
  }
}
