import type { Field } from 'osusume';
import { t, type Word } from '../../i18n/index.js';
import { change, parts } from '../../state/store.js';
import { Setting } from './Setting.js';

/** The choices of how well known shows are, by their niche. */
const PRESETS: [niche: number | undefined, word: Word][] = [
  [0, 'gemsKnown'],
  [undefined, 'gemsUsual'],
  [100, 'gemsHidden'],
];

/** Returns whether a preset is the nearest to a niche, which a link may have set to any number. */
function isChosen(preset: number | undefined, niche: number | undefined): boolean {
  if (niche === undefined || preset === undefined) return niche === preset;
  return preset > 50 === niche > 50;
}

export const Popularity = ({ field }: { field: Field }) => (
  <Setting field={field} legend={t('gems')}>
    <div class="segments">
      {PRESETS.map(([niche, word]) => (
        <label>
          <input
            type="radio"
            name="gems"
            value={niche ?? ''}
            checked={isChosen(niche, parts.niche.value)}
            onChange={() => change({ niche })}
          />
          <span>{t(word)}</span>
        </label>
      ))}
    </div>
  </Setting>
);
