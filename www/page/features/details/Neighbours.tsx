// The shows like the one whose details are open, by model.
import { details, neighbours, release } from '../../queries/answers.js';
import { idOf, isShow, type Show } from '../../queries/show.js';
import { hashOf } from '../../state/address.js';
import { state } from '../../state/store.js';
import { formatFacts } from '../../ui/format.js';
import { Picture } from '../../ui/Picture.js';
import { Problem } from '../../ui/Problem.js';
import { titleOf } from '../../ui/ShowTitle.js';
import { headingOf, uncoveredText } from '../results/Related.js';

export function Neighbours() {
  const models = release.result.value.value?.info.models ?? [];
  const here = neighbours.filter(({ model }) => models.some(({ name }) => name === model));
  return (
    <>
      {here.map(({ model, list }) => (
        <ModelNeighbours key={model} model={model} list={list} />
      ))}
    </>
  );
}

type Props = (typeof neighbours)[number];

function ModelNeighbours({ model, list }: Props) {
  const { status, value, error } = list.result.value;
  const show = details.result.value.value;
  const answer = value && show && isShow(show, value.id) ? value : undefined;
  if (!answer && status !== 'error') return <section class="neighbours" />;
  return (
    <section class="neighbours">
      <h3>{headingOf(model, answer)}</h3>
      {status === 'error' ? (
        <Problem error={error} onRetry={list.retry} />
      ) : answer?.isCovered ? (
        <ol>
          {answer.results.map((result) => (
            <Neighbour show={result.show} />
          ))}
        </ol>
      ) : (
        <p class="note">{uncoveredText(model)}</p>
      )}
    </section>
  );
}

const Neighbour = ({ show }: { show: Show }) => (
  <li>
    <a href={hashOf({ ...state.value, show: idOf(show) })}>
      <Picture show={show} />
      <span>
        <b>{titleOf(show)}</b>
        <span class="facts">{formatFacts(show)}</span>
      </span>
    </a>
  </li>
);
