// The head of the two lists: the one show that they are about.
import { useRef } from 'preact/hooks';
import { t } from '../../i18n/index.js';
import { chosen } from '../../queries/answers.js';
import type { Show } from '../../queries/show.js';
import { formatFacts } from '../../ui/format.js';
import { Picture } from '../../ui/Picture.js';
import { OtherTitles, titleOf } from '../../ui/ShowTitle.js';

export function Chosen({ isHidden }: { isHidden: boolean }) {
  const show = chosen.result.value.value;
  const isEarly = useEarly(show);
  return (
    <article
      id="chosen"
      class="chosen"
      aria-labelledby="chosen-title"
      hidden={isHidden || !show}
      data-early={isEarly || undefined}
    >
      <div id="chosen-picture">{show && <Picture show={show} />}</div>
      <div>
        <p class="eyebrow">{t('likeThis')}</p>
        <h1 id="chosen-title" tabIndex={-1}>
          {show && titleOf(show)}
        </h1>
        <p id="chosen-names" class="names">
          {show && <OtherTitles show={show} />}
        </p>
        <p id="chosen-facts" class="facts">
          {show && formatFacts(show)}
        </p>
        <ul id="chosen-tags" class="tag-list" aria-label={t('tags')}>
          {show?.tags.map((tag) => (
            <li>{tag}</li>
          ))}
        </ul>
      </div>
    </article>
  );
}

/** Returns whether this show came without its tags: their place stays free, also once they are here. */
function useEarly(show: Show | undefined): boolean {
  const first = useRef<{ id: number; isEarly: boolean } | undefined>(undefined);
  if (show && first.current?.id !== show.id)
    first.current = { id: show.id, isEarly: show.preliminary === true };
  return first.current?.isEarly ?? false;
}
