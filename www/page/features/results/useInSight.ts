import { useEffect, useState } from 'preact/hooks';

/** No row is lower, in pixels. */
const LOWEST_ROW = 90;

/** Watches which rows of a list can be seen, or could be when the page was last painted. */
export function useInSight() {
  const [sight] = useState(createSight);
  useEffect(() => sight.stop, []);
  return sight;
}

function createSight() {
  const visible = new Set<Element>();
  const watched = new Set<Element>();
  const observer = new IntersectionObserver((changes) => {
    for (const { target, isIntersecting } of changes)
      visible[isIntersecting ? 'add' : 'delete'](target);
  });
  let rows: Element[] = [];
  return {
    watch(list: Element) {
      rows = [...list.children];
      for (const row of rows) if (!watched.has(row)) observer.observe(row);
      for (const row of watched) {
        if (row.isConnected) continue;
        observer.unobserve(row);
        visible.delete(row);
        watched.delete(row);
      }
      for (const row of rows) watched.add(row);
    },
    /** Returns how many rows to draw first. */
    count: () =>
      rows.length
        ? Math.max(1, rows.findLastIndex((row) => visible.has(row)) + 1)
        : Math.ceil(innerHeight / LOWEST_ROW),
    stop: () => observer.disconnect(),
  };
}
