// A list of names: the first few, those that are set, and all of them by a button.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../../i18n/index.js';

/** Names that are shown before all are asked for. */
const FEW = 12;

interface Props {
  /** The control's place in the form, for ids. */
  at: number;
  values: string[];
  isSet: (name: string) => boolean;
  describedBy?: string;
  children: (name: string) => ComponentChildren;
}

export function Names({ at, values, isSet, describedBy, children }: Props) {
  const [isAll, setAll] = useState(false);
  const shown = values.filter((name, place) => isAll || place < FEW || isSet(name));
  const id = `values-${at}`;
  return (
    <>
      <ul class="tags" id={id} aria-describedby={describedBy}>
        {shown.map((name) => (
          <li key={name}>{children(name)}</li>
        ))}
      </ul>
      <button
        type="button"
        class="link more-values"
        aria-controls={id}
        aria-expanded={isAll}
        hidden={values.length <= FEW}
        onClick={() => setAll(!isAll)}
      >
        {t('allValues', { count: values.length })}
      </button>
    </>
  );
}
