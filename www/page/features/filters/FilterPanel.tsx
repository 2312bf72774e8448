// The form that shapes the list: two sliders, and a control for each of the first declared fields.
import { t } from '../../i18n/index.js';
import { fields, release } from '../../queries/answers.js';
import { drawnFields } from '../../queries/fields.js';
import { usualMix } from '../../queries/open.js';
import { change, parts } from '../../state/store.js';
import { formatPercent } from '../../ui/format.js';
import { FieldControl } from './FieldControl.js';
import { Slider } from './Slider.js';
import { settingsCount } from './settings.js';

export function FilterPanel() {
  return (
    <form
      id="shape"
      class="shape"
      aria-labelledby="shape-title"
      onSubmit={(event) => event.preventDefault()}
    >
      <div class="side-head">
        <h2 id="shape-title">{t('shape')}</h2>
        <button
          id="reset"
          type="button"
          class="link"
          hidden={!settingsCount.value}
          onClick={onReset}
        >
          {t('reset')}
        </button>
      </div>
      <MixSlider />
      <DiversitySlider />
      <div id="fields" class="fields">
        {drawnFields(fields.result.value.value ?? []).map((field, at) => (
          <FieldControl key={field.name} field={field} at={at} />
        ))}
      </div>
    </form>
  );
}

function onReset() {
  const usual = { mix: undefined, niche: undefined, diversity: 0, collapse: false };
  change({ ...usual, filters: new Map() });
  // The button is gone.
  document.querySelector<HTMLElement>('#diversity')?.focus({ preventScroll: true });
}

function MixSlider() {
  const ends = release.result.value.value?.ends ?? [];
  const mix = parts.mix.value ?? usualMix(ends);
  const share = formatPercent(mix / 100);
  return (
    <Slider
      name="mix"
      label={t('mix')}
      value={mix}
      max={100}
      text={t('mixText', { share })}
      ends={[t('ncf'), t('synopsis')]}
      isHidden={ends.length < 2}
      onChange={(value) => change({ mix: value })}
    />
  );
}

const DiversitySlider = () => (
  <Slider
    name="diversity"
    label={t('diversity')}
    value={parts.diversity.value}
    max={60}
    ends={[t('diversityLeast'), t('diversityMost')]}
    onChange={(diversity) => change({ diversity })}
  />
);
