// A text field with suggestions: the ARIA combobox pattern (editable, list autocomplete).
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../../i18n/index.js';
import { release } from '../../queries/answers.js';
import { onKeyDown } from './keys.js';
import { Option } from './Option.js';
import { active, closeList, note, onInput, optionId, options, setInput, submit } from './search.js';

export function SearchBox() {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setInput(input.current), []);
  useSlashKey(input);
  const takesWords = release.result.value.value?.info.models.some(({ text }) => text);
  const isOpen = options.value.length > 0;
  return (
    <div class="field">
      <input
        id="search-input"
        ref={input}
        type="text"
        role="combobox"
        enterkeyhint="search"
        spellcheck={false}
        autocapitalize="none"
        placeholder={t(takesWords ? 'searchWords' : 'searchPlaceholder')}
        aria-describedby="search-note"
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls="suggestions"
        aria-activedescendant={active.value >= 0 ? optionId(active.value) : undefined}
        onInput={onInput}
        onKeyDown={onKeyDown}
        onBlur={() => closeList()}
      />
      <kbd aria-hidden="true">/</kbd>
      <Suggestions />
    </div>
  );
}

function Suggestions() {
  return (
    <ul
      id="suggestions"
      role="listbox"
      aria-label={t('suggestions')}
      hidden={options.value.length === 0}
    >
      {options.value.map((option, at) => (
        <Option key={optionId(at)} option={option} at={at} isActive={at === active.value} />
      ))}
    </ul>
  );
}

export const SearchNote = () => (
  <p id="search-note" class="note" role="status">
    {note.value?.()}
  </p>
);

export const SearchForm = ({ children }: { children: preact.ComponentChildren }) => (
  <form
    class="search"
    id="search"
    role="search"
    autocomplete="off"
    onSubmit={(event) => {
      event.preventDefault();
      submit();
    }}
  >
    <label for="search-input">{t('searchLabel')}</label>
    <SearchBox />
    <div class="search-line">
      <SearchNote />
      {children}
    </div>
  </form>
);

/** The key `/` goes to the field from anywhere in the page. */
function useSlashKey(input: { current: HTMLInputElement | null }) {
  useEffect(() => {
    const onSlash = (event: KeyboardEvent) => {
      const { key, ctrlKey, metaKey, altKey, target } = event;
      if (key !== '/' || ctrlKey || metaKey || altKey) return;
      if (target instanceof Element && target.closest('input, textarea, select')) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    addEventListener('keydown', onSlash);
    return () => removeEventListener('keydown', onSlash);
  }, []);
}
