// One ranked list. Draws what it is given, in the given order.
import type { VNode } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { t } from '../../i18n/index.js';
import type { Result } from '../../queries/lists.js';
import { Problem } from '../../ui/Problem.js';
import { keepFocus } from './focus.js';
import { createGlide } from './glide.js';
import { ResultRow } from './ResultRow.js';
import { assignSlots, isSameResult, stageRows } from './rows.js';
import { useInSight } from './useInSight.js';

/** Another answer is told to be on its way after this time. */
const PATIENCE_MS = 120;

interface Props {
  name: string;
  results: Result[];
  isBusy: boolean;
  /** A sentence in place of results. */
  note?: string | undefined;
  error?: unknown;
  onRetry: () => void;
  /** Whether the list says nothing while it shows rows and waits for others. */
  isQuiet?: boolean;
}

export function ResultList({ name, results, isBusy, note, error, onRetry, isQuiet }: Props) {
  const isWaiting = useLate(isBusy) && !(isQuiet && results.length > 0);
  return (
    <>
      <div id={`${name}-note`} aria-live="polite">
        {error !== undefined && !isBusy ? (
          <Problem error={error} onRetry={onRetry} />
        ) : isWaiting ? (
          <p class="note">{t('onItsWay')}</p>
        ) : (
          note && !isBusy && <p class="note">{note}</p>
        )}
      </div>
      <Rows id={`${name}-list`} results={results} isBusy={isBusy} />
    </>
  );
}

/** Returns true once the list has been busy for a while. */
function useLate(isBusy: boolean): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    if (!isBusy) return setLate(false);
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [isBusy]);
  return isBusy && isLate;
}

interface RowsProps {
  id: string;
  results: Result[];
  isBusy: boolean;
}

function Rows({ id, results, isBusy }: RowsProps) {
  const list = useRef<HTMLOListElement>(null);
  const drawn = useRef<Result[]>([]);
  const slots = useRef(new Map<number, number>());
  const [glide] = useState(createGlide);
  const sight = useInSight();
  const [whole, setWhole] = useState(results);
  const rows = whole === results ? results : stageRows(drawn.current, results, sight.count());
  slots.current = assignSlots(slots.current, rows);
  drawn.current = rows;
  const rowOf = useRows();
  keepFocus(list.current);
  useLayoutEffect(() => {
    if (!list.current) return;
    sight.watch(list.current);
    glide(list.current);
  }, [rows]);
  useLayoutEffect(() => {
    if (rows === results) setWhole(results);
    return rows === results ? undefined : afterFrame(() => setWhole(results));
  }, [results]);
  return (
    <ol id={id} ref={list} aria-busy={isBusy || rows !== results || undefined}>
      {rows.map((result) => rowOf(slots.current.get(result.show.id) ?? 0, result))}
    </ol>
  );
}

/** Returns a function that creates rows, and reuses the row of an unchanged result. */
function useRows() {
  const made = useRef(new Map<number, { result: Result; row: VNode }>());
  return (slot: number, result: Result): VNode => {
    const before = made.current.get(slot);
    if (before && isSameResult(before.result, result)) return before.row;
    const row = <ResultRow key={slot} result={result} />;
    made.current.set(slot, { result, row });
    return row;
  };
}

/** Runs after the page was painted, or soon if it is not, as in a tab behind others. */
function afterFrame(run: () => void): () => void {
  let timer = setTimeout(run, 100);
  const frame = requestAnimationFrame(() => {
    clearTimeout(timer);
    timer = setTimeout(run);
  });
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
  };
}
