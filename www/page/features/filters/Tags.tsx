import type { TagsField } from 'osusume';
import { t } from '../../i18n/index.js';
import type { Names as NamesFilter } from '../../state/filters.js';
import { fieldLabel } from '../../ui/format.js';
import { tame } from '../../ui/titles.js';
import { Names } from './Names.js';
import { Setting, setFilter, useNames } from './Setting.js';

type Mark = '+' | '−' | '';

/** Tags: pressed once is with it, twice is without it, three times is neither. */
export function Tags({ field, at }: { field: TagsField; at: number }) {
  const filter = useNames(field);
  const help = `help-${at}`;
  return (
    <Setting field={field} legend={fieldLabel(field.name)}>
      <p id={help} class="ends">
        {t('tagHelp')}
      </p>
      <Names
        at={at}
        values={field.values}
        isSet={(tag) => markOf(tag, filter) !== ''}
        describedBy={help}
      >
        {(tag) => (
          <TagButton
            tag={tag}
            mark={markOf(tag, filter)}
            onPress={() => setFilter(field, press(tag, filter))}
          />
        )}
      </Names>
    </Setting>
  );
}

const markOf = (tag: string, { wanted, unwanted }: NamesFilter): Mark =>
  wanted.includes(tag) ? '+' : unwanted.includes(tag) ? '−' : '';

function press(tag: string, filter: NamesFilter): NamesFilter {
  const mark = markOf(tag, filter);
  const others = (tags: string[]) => tags.filter((each) => each !== tag);
  if (mark === '') return { ...filter, wanted: [...filter.wanted, tag] };
  return {
    wanted: others(filter.wanted),
    unwanted: mark === '+' ? [...filter.unwanted, tag] : others(filter.unwanted),
  };
}

function TagButton({ tag, mark, onPress }: { tag: string; mark: Mark; onPress: () => void }) {
  const text = tame(tag);
  const name = mark ? t(mark === '+' ? 'tagWanted' : 'tagUnwanted', { tag: text }) : text;
  return (
    <button
      type="button"
      class="tag"
      data-value={tag}
      data-mark={mark}
      aria-pressed={mark !== ''}
      aria-label={name}
      onClick={onPress}
    >
      {text}
    </button>
  );
}
