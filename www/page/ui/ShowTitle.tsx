import { locale } from '../i18n/index.js';
import type { Show } from '../queries/show.js';
import { otherTitles, titleFor } from './titles.js';

/** Returns the title of a show for this visitor. */
export const titleOf = (show: Pick<Show, 'title' | 'titles'>) => titleFor(show, locale.value);

/** The other titles of a show, each in its language. */
export const OtherTitles = ({ show }: { show: Show }) => (
  <>
    {otherTitles(show, titleOf(show)).map(([tag, title], at) => (
      <>
        {at > 0 && ' · '}
        <span lang={tag}>{title}</span>
      </>
    ))}
  </>
);
