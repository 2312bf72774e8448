import { messages, t } from '../i18n/index.js';
import { messageFor } from '../i18n/messages.js';

interface Props {
  error: unknown;
  /** Tries the same thing again; offered if it may succeed. */
  onRetry: () => void;
}

/** One failure: what happened, what to do, and the detail for the site's owner. */
export function Problem({ error, onRetry }: Props) {
  const { code, what, todo, detail, retry } = messageFor(error, messages.value);
  const reload = () => location.reload();
  return (
    <div class="problem-box" data-code={code}>
      <p>
        <strong>{what}</strong> {todo}
      </p>
      <p class="detail" lang="en">
        {detail}
      </p>
      {(retry || code === 'release_changed') && (
        <button type="button" class="button main" onClick={retry ? onRetry : reload}>
          {t(retry ? 'tryAgain' : 'reload')}
        </button>
      )}
    </div>
  );
}
