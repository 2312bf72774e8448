// The two lists of one show side by side: its viewers', and its story's.
import { isWord, t } from '../../i18n/index.js';
import { related, relatedOf, release, view } from '../../queries/answers.js';
import type { Related } from '../../queries/lists.js';
import { ResultList } from './ResultList.js';

export function RelatedLists({ isHidden }: { isHidden: boolean }) {
  const models = release.result.value.value?.info.models;
  return (
    <div id="lists" class="lists" hidden={isHidden}>
      {related.map(({ model, list }) => (
        <RelatedList
          model={model}
          list={list}
          isHidden={models !== undefined && !models.some(({ name }) => name === model)}
        />
      ))}
    </div>
  );
}

interface Props {
  model: string;
  list: (typeof related)[number]['list'];
  isHidden: boolean;
}

function RelatedList({ model, list, isHidden }: Props) {
  const { status, error } = list.result.value;
  const answer = relatedOf(list);
  return (
    <section aria-labelledby={`${model}-heading`} data-model={model} hidden={isHidden}>
      <h2 id={`${model}-heading`}>{headingOf(model, answer)}</h2>
      <ResultList
        name={model}
        results={answer?.results ?? NONE}
        isBusy={status === 'loading' || status === 'partial'}
        note={answer && !answer.isCovered ? uncoveredText(model) : undefined}
        error={view.value === 'related' ? error : undefined} // else the page shows that failure
        onRetry={list.retry}
        isQuiet
      />
    </section>
  );
}

/** The same list each time, so that it is not drawn anew. */
const NONE: never[] = [];

/** Returns the heading of a model's list: by its viewers, or by its content if too few have it. */
export function headingOf(model: string, answer: Related | undefined): string {
  const word = `${model}${answer?.isPredicted ? 'Predicted' : 'List'}`;
  return isWord(word) ? t(word) : model;
}

/** Returns the sentence about a show that a model does not know. */
export function uncoveredText(model: string): string {
  const word = `${model}Uncovered`;
  return t(isWord(word) ? word : 'fits');
}
