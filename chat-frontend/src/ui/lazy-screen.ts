import { el, setText } from './el.ts';
import { entryPage } from './entry/entry-page.ts';
import type { Lazy } from './lazy.ts';
import { panel } from './panel.ts';
import type { Screen, Ui } from './ui.ts';

/** A module that is loaded sooner shows no progress. */
const PROGRESS_DELAY_MS = 300;

/**
 * Mounts a screen of a lazy module. Until the module is loaded a placeholder shows the progress; when it cannot be
 * loaded, the placeholder says that nothing is lost and offers a retry, and `reload` as the last resort.
 */
export function mountLazyScreen<Module>(
  ui: Ui,
  lazy: Lazy<Module>,
  title: string,
  mount: (module: Module) => Screen,
  reload: () => Promise<void> = reloadPage,
): Screen {
  const loaded = lazy.loaded();
  if (loaded) return mount(loaded);

  const { t } = ui.i18n;
  const status = el('p', { class: 'lazy-screen-text', role: 'status' });
  const retryButton = el(
    'button',
    { type: 'button', class: 'button', hidden: true, on: { click: () => void retry() } },
    t('retry'),
  );
  const content = el('div', { class: 'lazy-screen' }, status, retryButton);
  const node = ui.state().me
    ? panel(ui.i18n, { title }, content)
    : entryPage(ui, { title, lead: t('app.tagline') }, content);
  let screen: Screen | undefined;
  let closed = false;

  function setStatus(text: string, busy: boolean): void {
    setText(status, text);
    node.setAttribute('aria-busy', String(busy));
    retryButton.hidden = busy;
  }

  async function load(): Promise<boolean> {
    setStatus('', true);
    const showProgress = () => setStatus(t('form.busy'), true);
    const cancelProgress = ui.clock.after(PROGRESS_DELAY_MS, showProgress);
    const module = await lazy.load().catch(() => undefined);
    cancelProgress();
    if (!module) setStatus(t('lazy.failed'), false);
    else if (!closed) show(mount(module));
    return module !== undefined;
  }

  /** A browser may cache a failed import, and a new build may have replaced the file: then the page is reloaded. */
  async function retry(): Promise<void> {
    if (!(await load()) && !closed) await reload();
  }

  function show(mounted: Screen): void {
    screen = mounted;
    const focused = node.contains(document.activeElement);
    node.replaceWith(mounted.node);
    mounted.update(ui.state());
    if (focused) mounted.focus();
  }

  void load();
  return {
    node,
    update: (state) => screen?.update(state),
    focus: () => (screen ? screen.focus() : node.querySelector('h1')?.focus()),
    close(): void {
      closed = true;
      screen?.close?.();
    },
  };
}

/** Reloads the page if the server answers: otherwise the browser's own error page would replace it. */
async function reloadPage(): Promise<void> {
  const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
  if (answer?.ok) location.reload();
}
