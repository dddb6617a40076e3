import { el, setText } from './el.ts';
import type { Lazy } from './lazy-module.ts';
import { panel } from './panel.ts';
import type { Screen, Ui } from './ui.ts';

/** A module that is loaded sooner shows no progress. */
const PROGRESS_DELAY_MS = 300;

/**
 * Loads a lazy module for `onLoad`. Until then the node shows the progress; when the module cannot be loaded, the node says
 * that nothing is lost and offers a retry, and `reload` as the last resort.
 */
export function mountLoading<Module>(
  { i18n: { t }, clock }: Pick<Ui, 'i18n' | 'clock'>,
  lazy: Lazy<Module>,
  onLoad: (module: Module) => void,
  reload: () => Promise<void> = reloadPage,
) {
  const status = el('p', { class: 'lazy-screen-text', role: 'status' });
  const retryButton = el(
    'button',
    { type: 'button', class: 'button', hidden: true, on: { click: () => void retry() } },
    t('retry'),
  );
  const node = el('div', { class: 'lazy-screen' }, status, retryButton);
  let closed = false;

  function setStatus(text: string, busy: boolean): void {
    setText(status, text);
    node.setAttribute('aria-busy', String(busy));
    retryButton.hidden = busy;
  }

  async function load(): Promise<boolean> {
    setStatus('', true);
    const showProgress = () => setStatus(t('form.busy'), true);
    const cancelProgress = clock.after(PROGRESS_DELAY_MS, showProgress);
    const module = await lazy.load().catch(() => undefined);
    cancelProgress();
    if (!module) setStatus(t('lazy.failed'), false);
    else if (!closed) onLoad(module);
    return module !== undefined;
  }

  /** A browser may cache a failed import, and a new build may have replaced the file: then the page is reloaded. */
  async function retry(): Promise<void> {
    if (!(await load()) && !closed) await reload();
  }

  void load();
  return {
    node,
    close(): void {
      closed = true;
    },
  };
}

/** Mounts a screen of a lazy module, with a placeholder that shows how the module is loading. */
export function mountLazyScreen<Module>(
  ui: Ui,
  lazy: Lazy<Module>,
  title: string,
  mount: (module: Module) => Screen,
  reload?: () => Promise<void>,
): Screen {
  const loaded = lazy.loaded();
  if (loaded) return mount(loaded);

  const loading = mountLoading(ui, lazy, (module) => show(mount(module)), reload);
  const node = ui.state().me
    ? panel(ui.i18n, { title }, loading.node)
    : entryPlaceholder(title, loading.node);
  let screen: Screen | undefined;

  function show(mounted: Screen): void {
    screen = mounted;
    const focused = node.contains(document.activeElement);
    node.replaceWith(mounted.node);
    mounted.update(ui.state());
    if (focused) mounted.focus();
  }

  return {
    node,
    update: (state) => screen?.update(state),
    focus: () => (screen ? screen.focus() : node.querySelector('h1')?.focus()),
    close(): void {
      loading.close();
      screen?.close?.();
    },
  };
}

/** In the place of an entry page. */
function entryPlaceholder(title: string, content: HTMLElement): HTMLElement {
  const card = el('div', { class: 'entry-card' }, el('h1', { tabindex: -1 }, title), content);
  return el('main', { class: 'entry', id: 'main' }, card);
}

/** Reloads the page if the server answers: otherwise the browser's own error page would replace it. */
async function reloadPage(): Promise<void> {
  const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
  if (answer?.ok) location.reload();
}
