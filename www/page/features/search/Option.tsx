import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../i18n/index.js';
import { formatFacts } from '../../ui/format.js';
import { titleOf } from '../../ui/ShowTitle.js';
import { languageTag } from '../../ui/titles.js';
import { choose, type Found, optionId, type Suggestion } from './search.js';
import { cut } from './spans.js';

interface Props {
  option: Suggestion;
  at: number;
  isActive: boolean;
}

export function Option({ option, at, isActive }: Props) {
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isActive) element.current?.scrollIntoView({ block: 'nearest' });
  }, [isActive]);
  return (
    <li
      id={optionId(at)}
      ref={element}
      role="option"
      class={option.show ? undefined : 'ask'}
      data-id={option.show?.id}
      aria-selected={isActive}
      onPointerDown={(event) => event.preventDefault()} // the field keeps the focus
      onClick={() => choose(option)}
    >
      {option.show ? (
        <ShowOption show={option.show} isAmbiguous={option.isAmbiguous} />
      ) : (
        t('askWords', { text: option.text })
      )}
    </li>
  );
}

function ShowOption({ show, isAmbiguous }: { show: Found; isAmbiguous: boolean }) {
  const title = titleOf(show);
  const isTitle = show.matched === title;
  // Year and type may be the same too.
  const number = isAmbiguous && t('number', { id: String(show.id) });
  return (
    <>
      <span class="title">{isTitle ? <Marked show={show} /> : title}</span>{' '}
      <span class="facts">{[formatFacts(show), number].filter(Boolean).join(' · ')}</span>
      {!isTitle && (
        <>
          {' '}
          <span class="matched" lang={languageTag(show.language)}>
            <Marked show={show} />
          </span>
        </>
      )}
    </>
  );
}

/** The title that matched, with the parts that did. */
const Marked = ({ show }: { show: Found }) => (
  <>
    {cut(show.matched, show.spans).map(([text, matches]) => (matches ? <mark>{text}</mark> : text))}
  </>
);
