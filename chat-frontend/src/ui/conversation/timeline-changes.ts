/** Returns what makes changes of shown messages together, by `preserve`, which keeps what is being read in its place. */
export function createLateChanges(preserve: (run: () => void) => void): (change: () => void) => void {
  const changes: (() => void)[] = [];
  return (change) => {
    if (changes.push(change) > 1) return;
    queueMicrotask(() =>
      preserve(() => {
        for (const run of changes.splice(0)) run();
      }),
    );
  };
}

/** Prints all loaded messages in full: `showAll` renders them, and returns what shows the window and position before again. */
export function listenForPrint(
  signal: AbortSignal,
  bubbles: () => readonly { setPrinting(isPrinting: boolean): void }[],
  showAll: () => () => void,
): void {
  const onPrint = () => {
    const showBefore = showAll();
    for (const bubble of bubbles()) bubble.setPrinting(true);
    const onAfterPrint = () => {
      for (const bubble of bubbles()) bubble.setPrinting(false);
      showBefore();
    };
    window.addEventListener('afterprint', onAfterPrint, { once: true, signal });
  };
  window.addEventListener('beforeprint', onPrint, { signal });
}
