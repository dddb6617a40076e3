import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** A name that leads to this machine, where a browser grants no secure context: plain http on the home network. */
export const LAN_HOST = 'box.lan';

/** A name of the internet, by a tunnel, that leads to this machine too. */
export const PUBLIC_HOST = 'chat.example.org';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  `--host-resolver-rules=MAP ${LAN_HOST} 127.0.0.1, MAP ${PUBLIC_HOST} 127.0.0.1`,
];

export const DESKTOP = { viewport: { width: 1100, height: 740 } };
/** What `visit` withholds otherwise. */
export const WITH_WORKER = { ...DESKTOP, serviceWorkers: 'allow' } as const;
export const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true, isMobile: true };

/** A guard against what never comes, not a measure: the machine may be slow. */
const TIMEOUT_MS = 120_000;

/** At home in Indonesia, but not in the last hour of its day: a day that ends during a test is marked in its chats. */
const ZONE = hourIn('Asia/Jakarta') === 23 ? 'Asia/Karachi' : 'Asia/Jakarta';

function hourIn(timeZone: string): number {
  return Number(new Intl.DateTimeFormat('en', { timeZone, hour: 'numeric', hourCycle: 'h23' }).format());
}

/** For the hunt after races (CONTRIBUTING.md): pages run so many times slower. */
const SLOW_CPU = Number(process.env.SLOW_CPU ?? 1);

/** CHROMIUM_PATH, or a Chromium on the PATH, or the one the test tool has downloaded. */
export function openBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH || onPath();
  return chromium.launch({ args: ARGS, timeout: TIMEOUT_MS, ...(executablePath ? { executablePath } : {}) });
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

/**
 * A browser of somebody's own, without a service worker unless `options` want one: what it answers no test could
 * intercept. `faults` gathers what must not happen: script errors, policy violations, console errors. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = DESKTOP) {
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
    // Said of every page on plain http, where the header is sent all the same; and of a worker a test does not want.
    const known = [
      'The Cross-Origin-Opener-Policy header has been ignored',
      'Service Worker registration blocked by Playwright',
    ].some((start) => message.text().startsWith(start));
    if (loud && !known) faults.push(message.text());
  });
  // Pictures of the screens are made without the test tool.
  if (process.env.VITEST) (await import('./failure-report.ts')).reportOnFailure(context, faults);
  context.on('weberror', (error) => faults.push(String(error.error())));
  await context.addInitScript(() => {
    // The page's deadlines for the box are ten times as long: a machine that is slow is no box that is away.
    const deadline = AbortSignal.timeout.bind(AbortSignal);
    AbortSignal.timeout = (ms) => deadline(ms * 10);
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy violated: ${event.violatedDirective} ${event.sample}`);
    });
  });
  if (SLOW_CPU > 1) context.on('page', slowDown);
  const page = await context.newPage();
  await page.goto(url);
  return { context, page, faults };
}

/** Lets the page's own work take as many times as long; a page that is closed meanwhile needs it no more. */
async function slowDown(page: Page): Promise<void> {
  try {
    const cdp = await page.context().newCDPSession(page);
    await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOW_CPU });
  } catch {
    return;
  }
}

export type Visit = Awaited<ReturnType<typeof visit>>;

/** Puts somebody's session into the page's storage, as if they had logged in here before. */
export async function storeSession(
  page: Page,
  person: { id: string; username: string; token: string },
): Promise<void> {
  const { id, username, token } = person;
  await page.evaluate(
    (session) => localStorage.setItem('bisik.session', session),
    JSON.stringify({ id, username, token, renewedAt: Date.now() }),
  );
  await page.reload();
}

/** Waits until the page is served by its worker. */
export async function waitForWorker(page: Page): Promise<void> {
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller) return;
    await new Promise((done) => navigator.serviceWorker.addEventListener('controllerchange', done));
  });
}
