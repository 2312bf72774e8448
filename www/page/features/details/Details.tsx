// Everything about one show, in a panel at the side.
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t, type Word } from '../../i18n/index.js';
import { details } from '../../queries/answers.js';
import { elsewhere, pageOf } from '../../queries/links.js';
import { idOf, type Show } from '../../queries/show.js';
import { hashOf } from '../../state/address.js';
import { site } from '../../state/site.js';
import { close, hasVote, parts, vote } from '../../state/store.js';
import { formatFacts, formatPopularity } from '../../ui/format.js';
import { Icon } from '../../ui/Icon.js';
import { Picture } from '../../ui/Picture.js';
import { OtherTitles, titleOf } from '../../ui/ShowTitle.js';
import { useDialog } from '../../ui/useDialog.js';
import { isMapComing } from '../map/loading.js';
import { Neighbours } from './Neighbours.js';

export function Details() {
  const { value } = details.result.value;
  const show = parts.show.value === undefined ? undefined : value;
  // It lies over the map, which opens first.
  const dialog = useDialog(show !== undefined && !isMapComing(), () => close('show'));
  return (
    <dialog
      id="details"
      class="details"
      aria-labelledby="details-title"
      ref={dialog}
      onClick={({ target }) => target === dialog.current && dialog.current?.close()}
    >
      {show && <Panel show={show} onClose={() => dialog.current?.close()} />}
    </dialog>
  );
}

function Panel({ show, onClose }: { show: Show; onClose: () => void }) {
  const facts = [formatFacts(show), formatPopularity(show)].filter(Boolean).join(' · ');
  return (
    <div class="details-inside">
      <Head show={show} onClose={onClose} />
      <p class="facts">{facts}</p>
      <ul class="tag-list" aria-label={t('tags')}>
        {show.tags.map((tag) => (
          <li>{tag}</li>
        ))}
      </ul>
      <Votes show={show} />
      <a class="button main" href={hashOf({ liked: [idOf(show)] })}>
        {t('likeItList')}
      </a>
      <Neighbours />
      <Outside show={show} />
    </div>
  );
}

function Head({ show, onClose }: { show: Show; onClose: () => void }) {
  const heading = useFocusOn(show.id);
  const page = pageOf(show.url, document.baseURI);
  const title = titleOf(show);
  return (
    <div class="details-head">
      <Picture show={show} />
      <div>
        <h2 id="details-title" tabIndex={-1} ref={heading}>
          {page ? <a href={page}>{title}</a> : title}
        </h2>
        <p class="names">
          <OtherTitles show={show} />
        </p>
      </div>
      <button
        type="button"
        class="act close"
        aria-label={t('close')}
        title={t('close')}
        onClick={onClose}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}

/** Moves the focus to the heading of a show that was not there before. */
function useFocusOn(id: number) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    // The panel opens after this: its own focus comes first.
    queueMicrotask(() => {
      heading.current?.focus({ preventScroll: true });
      heading.current?.closest('dialog')?.scrollTo({ top: 0 });
    });
  }, [id]);
  return heading;
}

const Votes = ({ show }: { show: Show }) => (
  <div class="details-acts">
    {(['like', 'dislike', 'seen'] as const).map((kind) => (
      <button
        type="button"
        class="button"
        data-action={kind}
        aria-pressed={hasVote(kind, show)}
        onClick={() => vote(kind, show)}
      >
        <Icon name={kind} />
        {t(`${kind}Short` as Word)}
      </button>
    ))}
  </div>
);

/** Links to the show on other sites. */
function Outside({ show }: { show: Show }) {
  const links = site.links.flatMap(({ name, template }) => {
    const url = elsewhere(template, show);
    return url ? [{ name, url }] : [];
  });
  if (!links.length) return null;
  return (
    <section class="neighbours">
      <h3>{t('elsewhere')}</h3>
      <ul class="outside">
        {links.map(({ name, url }) => (
          <li>
            <a href={url} rel="noopener noreferrer" target="_blank">
              {name}
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
