// Before anything is set: shows to begin with, and the way back to the last visit.
import { locale, t } from '../../i18n/index.js';
import { examples } from '../../queries/answers.js';
import { idOf, type Show } from '../../queries/show.js';
import { hashOf } from '../../state/address.js';
import { isStartPage, lastVisit } from '../../state/store.js';
import { Picture } from '../../ui/Picture.js';
import { titleOf } from '../../ui/ShowTitle.js';
import { englishTitle } from '../../ui/titles.js';

export function Hint() {
  const { status, value = [] } = examples.result.value;
  const last = status === 'ready' ? lastVisit.value : undefined;
  return (
    <section id="hint" class="hint" aria-labelledby="hint-title" hidden={!isStartPage.value}>
      <h2 id="hint-title">{t('begin')}</h2>
      <ul id="examples">
        {last && (
          <li>
            <a class="go-on" href={last}>
              {t('goOn')}
            </a>
          </li>
        )}
        {value.map((show) => (
          <Example show={show} />
        ))}
      </ul>
    </section>
  );
}

const Example = ({ show }: { show: Show }) => (
  <li>
    <a href={hashOf({ liked: [idOf(show)] })}>
      <Picture show={show} />
      {locale.value === 'en' ? englishTitle(show) : titleOf(show)}
    </a>
  </li>
);
