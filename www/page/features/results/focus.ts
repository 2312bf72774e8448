// Keeps the focus in a list whose rows change: on the same show, or on the one that took its place.

interface Focus {
  id: string | undefined;
  at: number;
  action: string | undefined;
}

function focusIn(list: Element): Focus | undefined {
  const row = document.activeElement?.closest('li');
  if (!row || row.parentElement !== list) return undefined;
  const { action } = (document.activeElement as HTMLElement).dataset;
  return { id: row.dataset.id, at: [...list.children].indexOf(row), action };
}

/** Called before a list is drawn: puts the focus back once it is. */
export function keepFocus(list: Element | null) {
  const focus = list && focusIn(list);
  if (!focus) return;
  queueMicrotask(() => {
    const rows = [...list.children] as HTMLElement[];
    const same = rows.find(({ dataset }) => dataset.id === focus.id);
    const row = same ?? rows[focus.at] ?? rows.at(-1);
    const selector = focus.action ? `[data-action="${focus.action}"]` : 'a';
    const target = row?.querySelector<HTMLElement>(selector);
    if (target && target !== document.activeElement) target.focus({ preventScroll: true });
  });
}
