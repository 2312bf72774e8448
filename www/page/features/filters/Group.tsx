import type { Field } from 'osusume';
import { locale, t } from '../../i18n/index.js';
import { change, parts } from '../../state/store.js';
import { fieldLabel } from '../../ui/format.js';

/** One item of each group. */
export function Group({ field }: { field: Field }) {
  const group = fieldLabel(field.name).toLocaleLowerCase(locale.value);
  return (
    <label class="switch" data-field={field.name}>
      <input
        type="checkbox"
        name="collapse"
        checked={parts.collapse.value}
        onChange={(event) => change({ collapse: event.currentTarget.checked })}
      />
      <span>{t('collapse', { group })}</span>
    </label>
  );
}
