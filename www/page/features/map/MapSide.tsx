// Beside the map: the legend, the chosen item, and the items in view as a list.
import { t } from '../../i18n/index.js';
import type { Show } from '../../queries/show.js';
import { formatFacts } from '../../ui/format.js';
import { Picture } from '../../ui/Picture.js';
import { titleOf } from '../../ui/ShowTitle.js';
import { ResultRow } from '../results/ResultRow.js';
import type { MapModel } from './model.js';

interface Props {
  model: MapModel;
}

export const MapSide = ({ model }: Props) => (
  <div class="map-side">
    <Legend model={model} />
    <Card model={model} />
    <section aria-labelledby="map-in-view">
      <h3 id="map-in-view">{t('mapInView')}</h3>
      <p class="note" role="status">
        {t('mapCount', { count: model.inView.value.count })}
      </p>
      <ol class="map-list">
        {model.inView.value.items.map(({ row, show }) => (
          <Item key={row} row={row} show={show} model={model} />
        ))}
      </ol>
    </section>
  </div>
);

const Swatch = ({ name }: { name: string | number }) => <i data-swatch={name} aria-hidden="true" />;

function Legend({ model: { map, only } }: Props) {
  const groups = [...map.names.entries()].map(([at, name]) => [at + 1, name] as const);
  const onPress = (group: number) => {
    only.value = only.peek() === group ? -1 : group;
  };
  return (
    <ul class="map-legend" aria-label={t('mapColours')}>
      {[...groups, [0, t('mapOther')] as const].map(([group, name]) => (
        <li>
          <button
            type="button"
            class="tag"
            aria-pressed={only.value === group}
            onClick={() => onPress(group)}
          >
            <Swatch name={group} />
            {name}
          </button>
        </li>
      ))}
      <li class="map-key">
        <Swatch name="liked" />
        {t('mapLiked')}
      </li>
      <li class="map-key">
        <Swatch name="result" />
        {t('mapResults')}
      </li>
    </ul>
  );
}

/** The chosen item, with its votes. */
function Card({ model }: Props) {
  const { value } = model.chosenShow.result.value;
  return (
    <ol class="map-card">
      {model.chosen.value >= 0 && value && (
        <ResultRow result={{ show: value, score: 0 }} showsVotes />
      )}
    </ol>
  );
}

interface ItemProps extends Props {
  row: number;
  show: Show;
}

function Item({ row, show, model }: ItemProps) {
  const { liked, results, chosen, choose } = model;
  const mark = liked.value.has(row) ? 'mapLiked' : results.value.has(row) && 'mapResults';
  const facts = [formatFacts(show), ...(mark ? [t(mark)] : [])].join(' · ');
  return (
    <li>
      <button
        type="button"
        data-row={row}
        aria-pressed={row === chosen.value}
        onClick={() => choose(row)}
      >
        <Picture show={show} />
        <span>
          <b>{titleOf(show)}</b> <span class="facts">{facts}</span>
        </span>
      </button>
    </li>
  );
}
