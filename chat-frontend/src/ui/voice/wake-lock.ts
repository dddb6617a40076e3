/** Keeps the screen on, where the browser can, until the returned function is called. */
export function keepAwake(): () => void {
  let isOver = false;
  let lock: WakeLockSentinel | undefined;
  const release = () => void lock?.release().catch(() => undefined);
  const request = async () => {
    lock = await navigator.wakeLock.request('screen');
    if (isOver) release();
  };
  if ('wakeLock' in navigator) request().catch(() => undefined);
  return () => {
    isOver = true;
    release();
  };
}
