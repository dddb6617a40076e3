const POINTED_MS = 2_000;

/** Brings a row to the middle and marks it for a moment. */
export function pointAt(row: HTMLElement): void {
  row.scrollIntoView({ block: 'center' });
  row.classList.add('row-highlighted');
  setTimeout(() => row.classList.remove('row-highlighted'), POINTED_MS);
}
