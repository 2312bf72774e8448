// The visitor's own list: chosen or dropped, used, saved and deleted. It stays on the device.
import { t } from '../../i18n/index.js';
import { site } from '../../state/site.js';
import { change, ownList, parts } from '../../state/store.js';
import { Problem } from '../../ui/Problem.js';
import { deleteAll, readFile, reading, saveFile } from './files.js';

const ACCEPTED = '.xml,.gz,.json,application/xml,text/xml,application/gzip,application/json';

export function MyList() {
  return (
    <section class="own" aria-labelledby="own-title">
      <h2 id="own-title">{t(site.takesLists ? 'yourList' : 'yourData')}</h2>
      <p id="own-text" class="note" hidden={!site.takesLists}>
        {t('yourListText')}
      </p>
      <OwnListInfo />
      <Reading />
      <div class="own-acts">
        <FileButton />
        <button id="own-save" type="button" class="button" onClick={saveFile}>
          {t('exportData')}
        </button>
        <button id="own-clear" type="button" class="button" onClick={deleteAll}>
          {t('deleteData')}
        </button>
      </div>
    </section>
  );
}

/** The kept list, and whether it counts. */
function OwnListInfo() {
  const list = ownList.value;
  const { rated: _, planned: __, ...counts } = list?.counts ?? {};
  return (
    <>
      <p id="own-has" class="own-has" hidden={!list}>
        {list && t('listHas', { source: list.source, count: list.counts.entries, ...counts })}
      </p>
      <label id="own-use-row" class="switch" hidden={!list}>
        <input
          id="own-use"
          type="checkbox"
          checked={parts.own.value}
          onChange={(event) => change({ own: event.currentTarget.checked }, 'push')}
        />
        <span>{t('useList')}</span>
      </label>
    </>
  );
}

/** The state of the file that was chosen. */
function Reading() {
  const { status, error, file } = reading.value;
  return (
    <div id="own-note" role="status">
      {status === 'loading' && <p class="note">{t('onItsWay')}</p>}
      {status === 'error' && file && <Problem error={error} onRetry={() => readFile(file)} />}
    </div>
  );
}

function FileButton() {
  const onChange = async ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const file = currentTarget.files?.[0];
    if (file) await readFile(file);
    currentTarget.value = ''; // the same file may be chosen again
  };
  return (
    <label id="own-choose" class="button file" hidden={!site.takesLists}>
      <input id="own-file" type="file" class="unseen" accept={ACCEPTED} onChange={onChange} />
      <span>{t('chooseFile')}</span>
    </label>
  );
}
