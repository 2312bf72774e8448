import { t } from '../../i18n/index.js';
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

export function UncoveredNotice() {
  const { status, value: shows } = uncovered.result.value;
  if (status === 'idle' || !shows?.length) return null;
  return (
    <div class="notice" data-name="byViewersOnly">
      <p>{t('byViewersOnly', { titles: shows.map(titleOf).join(', ') })}</p>
    </div>
  );
}
