// Beside the site's name: the promise, and the switches of language and colours.
import { t } from '../../i18n/index.js';
import { isDark, otherLanguage, setLanguage, switchColours } from '../../state/preferences.js';
import { Icon } from '../../ui/Icon.js';

/** The languages in their own words; asking the browser for their names takes 40 ms. */
const NAMES = { en: 'English', ja: '日本語' };

export const Masthead = () => (
  <>
    <p class="promise">{t('promise')}</p>
    <div class="switches">
      <button
        id="language"
        type="button"
        class="button"
        lang={otherLanguage.value}
        onClick={() => setLanguage(otherLanguage.peek())}
      >
        {NAMES[otherLanguage.value]}
      </button>
      <button
        id="dark"
        type="button"
        class="act"
        aria-label={t('dark')}
        aria-pressed={isDark.value}
        onClick={switchColours}
      >
        <Icon name="moon" />
      </button>
    </div>
  </>
);
