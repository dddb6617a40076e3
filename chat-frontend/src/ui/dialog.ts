/**
 * Shows a dialog over the page, and calls `onClose` once it is closed: by itself, by Esc, or because the visitor went to
 * another page. The browser keeps the focus inside and returns it.
 */
export function showDialog(dialog: HTMLDialogElement, onClose: () => void): void {
  const closing = new AbortController();
  window.addEventListener('hashchange', () => dialog.close(), { signal: closing.signal });
  dialog.addEventListener('close', () => {
    closing.abort();
    dialog.remove();
    onClose();
  });
  document.body.append(dialog);
  dialog.showModal();
}
