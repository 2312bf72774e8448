import type { NumberField } from 'osusume';
import { t } from '../../i18n/index.js';
import { fieldLabel, fieldValue, formatNumber } from '../../ui/format.js';
import { setFilter, useRange } from './Setting.js';

const STEP = 0.5;

/** A slider: at least this rating. */
export function Rating({ field, at }: { field: NumberField; at: number }) {
  const id = `rating-${at}`;
  const [least, most] = [Math.floor(field.min ?? 0), field.max ?? 0];
  const { min } = useRange(field);
  const text =
    min === undefined ? t('any') : fieldValue(field.name, formatNumber(Number(min)), false);
  const onInput = (value: number) => setFilter(field, value > least ? { min: value } : {});
  return (
    <div class="setting" data-field={field.name}>
      <label for={id}>
        <span>{t('atLeast', { field: fieldLabel(field.name) })}</span>{' '}
        <output for={id}>{text}</output>
      </label>
      <input
        id={id}
        type="range"
        min={least}
        max={Math.floor(most / STEP) * STEP}
        step={STEP}
        value={Number(min ?? least)}
        aria-valuetext={text}
        onInput={(event) => onInput(Number(event.currentTarget.value))}
      />
    </div>
  );
}
