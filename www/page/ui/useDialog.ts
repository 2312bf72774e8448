import { useLayoutEffect, useRef } from 'preact/hooks';

/** Opens and closes a dialog with the state. `onClose` runs if the visitor closes it. */
export function useDialog(isOpen: boolean, onClose: () => void) {
  const dialog = useRef<HTMLDialogElement>(null);
  const latest = useRef({ isOpen, onClose });
  latest.current = { isOpen, onClose };
  useLayoutEffect(() => {
    const onClosed = () => latest.current.isOpen && latest.current.onClose();
    dialog.current?.addEventListener('close', onClosed);
    return () => dialog.current?.removeEventListener('close', onClosed);
  }, []);
  useLayoutEffect(() => {
    const { current } = dialog;
    if (isOpen && !current?.open) current?.showModal();
    if (!isOpen && current?.open) current.close();
  }, [isOpen]);
  return dialog;
}
