import { signal } from '@preact/signals-core';
import { useEffect } from 'preact/hooks';
import { t } from '../../i18n/index.js';
import { readFile } from './files.js';

const isOver = signal(false);

/** A list may be dropped anywhere on the page. */
export function DropTarget() {
  useEffect(listen, []);
  return (
    <p id="drop" class="drop" hidden={!isOver.value}>
      {t('dropHere')}
    </p>
  );
}

function listen() {
  const carriesFile = ({ dataTransfer }: DragEvent) => dataTransfer?.types.includes('Files');
  const onDragOver = (event: DragEvent) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    isOver.value = true;
  };
  const onDragLeave = ({ relatedTarget }: DragEvent) => {
    if (relatedTarget === null) isOver.value = false;
  };
  const onDrop = (event: DragEvent) => {
    if (!carriesFile(event)) return;
    event.preventDefault();
    isOver.value = false;
    const [file] = event.dataTransfer?.files ?? [];
    if (file) readFile(file);
  };
  addEventListener('dragover', onDragOver);
  addEventListener('dragleave', onDragLeave);
  addEventListener('drop', onDrop);
  return () => {
    removeEventListener('dragover', onDragOver);
    removeEventListener('dragleave', onDragLeave);
    removeEventListener('drop', onDrop);
  };
}
