type Watcher = { onLook: () => void; onHide: () => void; onLeave: () => void };

/**
 * Whether somebody looks at this tab. `onLook` also when the network is back; `onLeave` when the page goes, perhaps
 * into the browser's back-forward cache, from where it returns with `onLook`.
 */
export function watchPresence({ onLook, onHide, onLeave }: Watcher) {
  const ending = new AbortController();
  const { signal } = ending;
  let away = false;

  function look(): void {
    // A page that goes becomes hidden after it has left, and must not come back by that.
    if (away) return;
    if (document.visibilityState === 'visible') onLook();
    else onHide();
  }

  function come(): void {
    away = false;
    look();
  }

  function go(): void {
    away = true;
    onLeave();
  }

  return {
    begin(): void {
      window.addEventListener('online', look, { signal });
      window.addEventListener('focus', look, { signal });
      window.addEventListener('pageshow', come, { signal });
      window.addEventListener('pagehide', go, { signal });
      document.addEventListener('visibilitychange', look, { signal });
      look();
    },
    end: () => ending.abort(),
  };
}
