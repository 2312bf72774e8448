// The liked shows that do not count, though they would if the slider moved.
import { ranked, view } from '../../queries/answers.js';
import { type Resource, resource } from '../../queries/resource.js';
import type { Show } from '../../queries/show.js';
import { loadShows } from '../../queries/shows.js';
import { titleOf } from '../../ui/ShowTitle.js';

/** More titles would not fit into a sentence. */
const MOST_TITLES = 3;

/** The liked shows that the answering model does not know, while moving the slider would help. */
function missing(): number[] {
  const { value } = ranked.result.value;
  if (view.value !== 'ranked' || !value?.isFirstAlone) return [];
  const ids = value.warnings.flatMap((each) =>
    each.code === 'partly_covered' ? each.missing : [],
  );
  return ids.length <= MOST_TITLES ? ids : [];
}

const uncovered: Resource<Show[]> = resource(
  () => (missing().length ? missing().join() : undefined),
  async () => (await loadShows(missing())).flatMap((show) => show ?? []),
);

/** Returns their titles as one text; none, and it is empty. */
export function uncoveredTitles(): string {
  const { status, value = [] } = uncovered.result.value;
  return status === 'idle' ? '' : value.map(titleOf).join(', ');
}
