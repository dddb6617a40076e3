import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { findProgram } from '../../../scripts/find-program.ts';

/** A host name of this machine that is no secure context: plain http on the home network. */
export const LAN_HOST = 'box.lan';

/** A public host name, as behind a tunnel, that resolves to this machine too. */
export const PUBLIC_HOST = 'chat.example.org';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A microphone that beeps and a camera with a picture, allowed without a question.
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  `--host-resolver-rules=MAP ${LAN_HOST} 127.0.0.1, MAP ${PUBLIC_HOST} 127.0.0.1`,
];

export const DESKTOP = { viewport: { width: 1100, height: 740 } };
/** `visit` blocks service workers by default. */
export const WITH_WORKER = { ...DESKTOP, serviceWorkers: 'allow' } as const;
export const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };

/** Ends a wait that would never end. It measures nothing: the machine may be slow. */
const TIMEOUT_MS = 120_000;

/** A zone of Indonesia, except in the last hour of its day: a chat marks a day that ends during a test. */
const ZONE = hourIn('Asia/Jakarta') === 23 ? 'Asia/Karachi' : 'Asia/Jakarta';

function hourIn(timeZone: string): number {
  return Number(new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format());
}

/** Slows pages down by this factor, to find races (CONTRIBUTING.md). */
const SLOW_CPU = Number(process.env.SLOW_CPU ?? 1);

/** Launches the Chromium of CHROMIUM_PATH, or of the PATH, or the one that Playwright has downloaded. */
export function openBrowser(): Promise<Browser> {
  const executablePath =
    process.env.CHROMIUM_PATH || findProgram('chromium', 'chromium-browser', 'google-chrome');
  return chromium.launch({ args: ARGS, timeout: TIMEOUT_MS, ...(executablePath ? { executablePath } : {}) });
}

/**
 * Opens a page in a browser context of its own. Service workers are blocked unless `options` allow them, because no test
 * could intercept their responses. `prepare` runs before the page loads. `faults` collects script errors, policy violations
 * and console errors.
 */
export async function visit(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = DESKTOP,
  prepare?: (page: Page) => Promise<unknown>,
) {
  const context = await browser.newContext({
    locale: 'id-ID',
    timezoneId: ZONE,
    serviceWorkers: 'block',
    ...options,
  });
  context.setDefaultTimeout(TIMEOUT_MS);
  const faults: string[] = [];
  context.on('console', (message) => {
    const loud = message.type() === 'error' || message.type() === 'warning';
    // The first comes with every page on plain http, where the header is sent too; the second with every blocked worker.
    const known = [
      'The Cross-Origin-Opener-Policy header has been ignored',
      'Service Worker registration blocked by Playwright',
    ].some((start) => message.text().startsWith(start));
    if (loud && !known) faults.push(message.text());
  });
  // The screenshots run without Vitest.
  if (process.env.VITEST) (await import('./failure-report.ts')).closeAfterTest(context, faults);
  context.on('weberror', (error) => faults.push(String(error.error())));
  await context.addInitScript(() => {
    // Ten times as long: on a slow machine the box would count as unreachable.
    const deadline = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (ms) => deadline(ms * 10);
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy violated: ${event.violatedDirective} ${event.sample}`);
    });
  });
  if (SLOW_CPU > 1) context.on('page', slowDown);
  const page = await context.newPage();
  await prepare?.(page);
  await page.goto(url);
  return { context, page, faults };
}

/** Throttles the CPU of a page by SLOW_CPU. A page that closes meanwhile is ignored. */
async function slowDown(page: Page): Promise<void> {
  try {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOW_CPU });
  } catch {
    return;
  }
}

export type Visit = Awaited<ReturnType<typeof visit>>;

type Session = { id: string; username: string; token: string };

/** The localStorage entry of a session, as the page stores it after a login. */
function sessionEntry({ id, username, token }: Session): { name: string; value: string } {
  return { name: 'bisik.session', value: JSON.stringify({ id, username, token, renewedAt: Date.now() }) };
}

/** Opens a page as `visit` does, with a person already logged in: one page load less than `visit` and `storeSession`. */
export function visitAs(
  person: Session,
  browser: Browser,
  url: string,
  options: BrowserContextOptions = DESKTOP,
  prepare?: (page: Page) => Promise<unknown>,
): Promise<Visit> {
  const origins = [{ origin: new URL(url).origin, localStorage: [sessionEntry(person)] }];
  return visit(browser, url, { ...options, storageState: { cookies: [], origins } }, prepare);
}

/** Stores a person's session in the page's localStorage, as after a login, and reloads the page. */
export async function storeSession(page: Page, person: Session): Promise<void> {
  const { name, value } = sessionEntry(person);
  await page.evaluate(([key, session]) => localStorage.setItem(key, session), [name, value] as const);
  await page.reload();
}

/** Waits until the service worker controls the page. */
export async function waitForWorker(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done));
  });
}
