import type { CategoryField } from 'osusume';
import { fieldLabel } from '../../ui/format.js';
import { tame } from '../../ui/titles.js';
import { Names } from './Names.js';
import { Setting, setFilter, useNames } from './Setting.js';

/** Check boxes: any of the categories that are set. */
export function Categories({ field, at }: { field: CategoryField; at: number }) {
  const filter = useNames(field);
  const { wanted } = filter;
  const onToggle = (name: string) => {
    const others = wanted.filter((each) => each !== name);
    setFilter(field, { ...filter, wanted: wanted.includes(name) ? others : [...wanted, name] });
  };
  return (
    <Setting field={field} legend={fieldLabel(field.name)}>
      <Names at={at} values={field.values} isSet={(name) => wanted.includes(name)}>
        {(name) => (
          <label class="tag">
            <input
              type="checkbox"
              value={name}
              checked={wanted.includes(name)}
              onChange={() => onToggle(name)}
            />
            {tame(name)}
          </label>
        )}
      </Names>
    </Setting>
  );
}
