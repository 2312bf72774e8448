import type { DateField, NumberField } from 'osusume';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../../i18n/index.js';
import type { Bound } from '../../state/filters.js';
import { fieldLabel } from '../../ui/format.js';
import { wholeDay } from './days.js';
import { Setting, setFilter, useRange } from './Setting.js';

/** From and to. */
export function RangeControl({ field }: { field: NumberField | DateField }) {
  return (
    <Setting field={field} legend={fieldLabel(field.name)}>
      <div class="range">
        <BoundInput field={field} end="min" />
        <span aria-hidden="true">–</span>
        <BoundInput field={field} end="max" />
      </div>
    </Setting>
  );
}

interface Props {
  field: NumberField | DateField;
  end: 'min' | 'max';
}

function BoundInput({ field, end }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const range = useRange(field);
  const bound = range[end];
  const isDate = field.type === 'date';
  const shown = textOf(bound, isDate, end);
  useLayoutEffect(() => {
    // A text that somebody is typing stays.
    const { current } = input;
    if (current && current !== document.activeElement) current.value = shown;
  });
  const label = { field: fieldLabel(field.name) };
  const onChange = () => {
    const { [end]: _, ...other } = range;
    const value = input.current?.value.trim() ?? '';
    setFilter(field, value ? { ...other, [end]: isDate ? value : Number(value) } : other);
  };
  return (
    <input
      ref={input}
      type={field.type}
      aria-label={t(end === 'min' ? 'rangeFrom' : 'rangeTo', label)}
      onChange={onChange}
      {...(isDate
        ? { min: field.min, max: field.max }
        : { step: 'any', inputMode: 'decimal', placeholder: String(field[end] ?? '') })}
    />
  );
}

function textOf(bound: Bound | undefined, isDate: boolean, end: 'min' | 'max'): string {
  if (bound === undefined) return '';
  return isDate ? wholeDay(String(bound), end) : String(bound);
}
