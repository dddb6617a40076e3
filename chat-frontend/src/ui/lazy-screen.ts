import { el, setText } from './el.ts';
import { entryPage } from './entry/entry-page.ts';
import type { Lazy } from './lazy.ts';
import { panel } from './panel.ts';
import type { Screen, Ui } from './ui.ts';

/** A part that is here sooner is not announced. */
const QUIET_MS = 300;

/**
 * A screen of a part that may still have to be fetched. Until it is here its place says so, and when it cannot be
 * fetched, why nothing is lost and how to try again.
 */
export function mountLazyScreen<Module>(
  ui: Ui,
  part: Lazy<Module>,
  title: string,
  mount: (module: Module) => Screen,
  renew: () => Promise<void> = reload,
): Screen {
  const here = part.loaded();
  if (here) return mount(here);

  const { t } = ui.i18n;
  const words = el('p', { class: 'lazy-screen-text', role: 'status' });
  const again = el(
    'button',
    { type: 'button', class: 'button', hidden: true, on: { click: () => void fetchAgain() } },
    t('retry'),
  );
  const content = el('div', { class: 'lazy-screen' }, words, again);
  const node = ui.state().me
    ? panel(ui.i18n, { title }, content)
    : entryPage(ui, { title, lead: t('app.tagline') }, content);
  let screen: Screen | undefined;
  let closed = false;

  function say(text: string, busy: boolean): void {
    setText(words, text);
    node.setAttribute('aria-busy', String(busy));
    again.hidden = busy;
  }

  async function fetch(): Promise<boolean> {
    say('', true);
    const announce = () => say(t('form.busy'), true);
    const quiet = ui.clock.after(QUIET_MS, announce);
    const module = await part.load().catch(() => undefined);
    quiet();
    if (!module) say(t('part.failed'), false);
    else if (!closed) show(mount(module));
    return module !== undefined;
  }

  /** A browser may remember what it could not fetch, and a new build may have replaced it: then the page is fetched anew. */
  async function fetchAgain(): Promise<void> {
    if (!(await fetch()) && !closed) await renew();
  }

  function show(arrived: Screen): void {
    screen = arrived;
    const focused = node.contains(document.activeElement);
    node.replaceWith(arrived.node);
    arrived.update(ui.state());
    if (focused) arrived.focus();
  }

  void fetch();
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

/** Loads the page anew, where it can be had: it is not thrown away for a browser's own page of errors. */
async function reload(): Promise<void> {
  const answer = await fetch('/', { method: 'HEAD', cache: 'no-store' }).catch(() => undefined);
  if (answer?.ok) location.reload();
}
