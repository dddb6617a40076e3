import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { type Api, breakApi, type Fault } from './support/broken-apis.ts';
import { visit } from './support/browser.ts';
import { chatRow, logIn, openChat, pollAgain, row, waitForSent, write } from './support/page-actions.ts';

const box = openBox();
let budi: Person;
let count = 0;

const CHATS = 'Browser ini tidak bisa menyimpan chat.';
const LOGIN = 'Browser ini tidak bisa menyimpan login dan draf.';
const EVERYTHING = 'Browser ini tidak menyimpan apa pun.';
/** The page waits at most two seconds for a browser API; it once waited for twenty. The limit allows for a slow machine. */
const MAX_MS = 15_000;

type Faults = (readonly [Api, Fault])[];

beforeAll(async () => {
  budi = await signUp(box.url, 'budi');
});

/** Registers a person who has a message of Budi's, and opens the page in a browser with faults. */
async function openBroken(name: string, faults: Faults) {
  const person = await signUp(box.url, name);
  await budi.post('/friends/add', { myId: budi.id, friendUsername: name });
  await budi.post('/chat/send', { senderId: budi.id, receiverId: person.id, message: 'halo' });
  const visitor = await visit(box.browser, 'about:blank');
  for (const fault of faults) await visitor.context.addInitScript(breakApi, fault);
  await visitor.page.goto(box.url);
  return { ...visitor, logIn: () => logIn(visitor.page, name) };
}

/** Logs in, reads, sends, and reloads the page while a message waits. Returns the faults. */
async function useBroken(broken: Faults, notice?: string): Promise<string[]> {
  const name = broken.flat().join(' ');
  const { page, context, faults, logIn } = await openBroken(`orang-${++count}`, broken);
  await logIn();
  const began = performance.now();
  await chatRow(page, 'budi').waitFor();
  expect([name, performance.now() - began < MAX_MS]).toEqual([name, true]);
  await openChat(page, 'budi');
  await row(page, 'halo').waitFor();
  await write(page, 'sampai');
  await waitForSent(page, 'sampai');
  if (notice) await page.getByText(notice).waitFor();

  await page.route('**/api/chat/send', (route) => route.fulfill({ status: 503 }));
  await write(page, 'menunggu');
  await row(page, 'menunggu').waitFor();
  await page.getByLabel('Tulis pesan').fill('setengah');
  await page.reload();
  for (const text of ['halo', 'sampai', 'menunggu']) await row(page, text).waitFor();
  expect([name, await page.getByLabel('Tulis pesan').inputValue()]).toEqual([name, 'setengah']);
  if (notice) await page.getByText(notice).waitFor();
  else expect([name, await page.getByText('Browser ini').count()]).toEqual([name, 0]);
  await page.unrouteAll();
  await pollAgain(page);
  await waitForSent(page, 'menunggu');
  await context.close();
  // The test itself answers with 503.
  return faults.filter((line) => !line.includes('503')).map((line) => `${name}: ${line}`);
}

/** Each fault alone in a browser of its own. */
const each = (api: Api, ...faults: Fault[]): Faults[] => faults.map((fault) => [[api, fault]]);

test.each<{ where: string; browsers: Faults[]; notice?: string }>([
  { where: 'localStorage', browsers: each('localStorage', 'throws', 'silent', 'full'), notice: LOGIN },
  { where: 'opening IndexedDB', browsers: each('IndexedDB open', 'throws', 'silent', 'full'), notice: CHATS },
  {
    where: 'an IndexedDB transaction',
    browsers: each('IndexedDB transaction', 'throws', 'silent', 'full'),
    notice: CHATS,
  },
  // The service worker has nothing to do with how tabs agree: one browser shows a fault of both.
  {
    where: 'Web Locks, BroadcastChannel or the service worker',
    browsers: [
      [
        ['Web Locks', 'throws'],
        ['service worker', 'silent'],
      ],
      [
        ['Web Locks', 'silent'],
        ['service worker', 'throws'],
      ],
      [
        ['BroadcastChannel', 'throws'],
        ['service worker', 'full'],
      ],
      [['BroadcastChannel', 'silent']],
    ],
  },
])('where $where fails, a person can log in, read and send, and a reload loses nothing', async (line) => {
  const found = await Promise.all(line.browsers.map((faults) => useBroken(faults, line.notice)));
  expect(found.flat()).toEqual([]);
});

test('in a browser that stores nothing everything works until the page is closed, and the page says so', async () => {
  const { page, context, faults, logIn } = await openBroken('tanpa-cookie', [
    ['localStorage', 'throws'],
    ['IndexedDB open', 'throws'],
    ['Web Locks', 'throws'],
    ['BroadcastChannel', 'throws'],
    ['service worker', 'throws'],
  ]);
  await context.addInitScript(() => {
    const get = () => {
      throw new DOMException('denied', 'SecurityError');
    };
    for (const name of ['sessionStorage', 'caches']) Object.defineProperty(window, name, { get });
  });
  await page.reload();
  await logIn();
  await chatRow(page, 'budi').waitFor();
  await page.getByText(EVERYTHING).waitFor();
  await openChat(page, 'budi');
  await row(page, 'halo').waitFor();
  await page.route('**/api/chat/send', (route) => route.fulfill({ status: 503 }));
  await write(page, 'dari memori');
  await row(page, 'dari memori').waitFor();
  await page.unrouteAll();
  await pollAgain(page);
  await waitForSent(page, 'dari memori');
  await page.getByRole('button', { name: 'Mengerti' }).click();
  await page.getByText(EVERYTHING).waitFor({ state: 'detached' });
  await page.reload();
  await page.getByRole('heading', { name: 'Masuk', exact: true }).waitFor();
  expect(faults.filter((line) => !line.includes('503'))).toEqual([]);
  await context.close();
});

test('a person stays logged in over reloads when localStorage has become full', async () => {
  const { page, context, logIn } = await openBroken('penuh', []);
  await logIn();
  await chatRow(page, 'budi').waitFor();
  await page.evaluate(breakApi, ['localStorage', 'full'] as const);
  for (let n = 0; n < 2; n++) {
    await page.reload();
    await chatRow(page, 'budi').waitFor();
  }
  const second = await context.newPage();
  await second.goto(box.url);
  await chatRow(second, 'budi').waitFor();
  await context.close();
});

test('a message is sent though the bar about what this browser cannot store is loaded while the send button is pressed', async () => {
  const { page, context, logIn } = await openBroken('menekan', [['IndexedDB transaction', 'throws']]);
  const pressed = Promise.withResolvers<void>();
  const requested = Promise.withResolvers<string>();
  await page.route('**/assets/hint-bars-*.js', async (route) => {
    requested.resolve(route.request().url());
    await pressed.promise;
    await route.continue();
  });
  await logIn();
  await openChat(page, 'budi');
  await row(page, 'halo').waitFor();
  await page.getByLabel('Tulis pesan').fill('ditekan lama');
  const url = await requested.promise;
  await page.getByRole('button', { name: 'Kirim' }).hover();
  await page.mouse.down();
  pressed.resolve();
  // The page's own import of the same module has ended when this one has, and two frames later its effect is drawn.
  const twoFrames = 'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))';
  await page.evaluate(`import(${JSON.stringify(url)}).then(() => ${twoFrames})`);
  await page.mouse.up();
  await waitForSent(page, 'ditekan lama');
  await page.getByText(CHATS).waitFor();
  await context.close();
});
