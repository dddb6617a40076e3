import { beforeAll, expect, test } from 'vitest';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { openBox } from './support/box.ts';
import { type Api, breakApi, type Fault } from './support/broken-apis.ts';
import { visit } from './support/browser.ts';
import { chatRow, logIn, openChat, pollAgain, row, waitForSent, write } from './support/page-actions.ts';

const box = openBox();
let budi: Person;

const CHATS = 'Browser ini tidak bisa menyimpan chat.';
const LOGIN = 'Browser ini tidak bisa menyimpan login dan draf.';
const EVERYTHING = 'Browser ini tidak menyimpan apa pun.';
/** The page waits at most two seconds for a browser API; it once waited for twenty. The limit allows for a slow machine. */
const MAX_MS = 15_000;

beforeAll(async () => {
  budi = await signUp(box.url, 'budi');
});

/** Registers a person who has a message of Budi's, and opens the page in a browser with faults. */
async function openBroken(name: string, faults: (readonly [Api, Fault])[]) {
  const person = await signUp(box.url, name);
  await budi.post('/friends/add', { myId: budi.id, friendUsername: name });
  await budi.post('/chat/send', { senderId: budi.id, receiverId: person.id, message: 'halo' });
  const visitor = await visit(box.browser, 'about:blank');
  for (const fault of faults) await visitor.context.addInitScript(breakApi, fault);
  await visitor.page.goto(box.url);
  return { ...visitor, logIn: () => logIn(visitor.page, name) };
}

/** Logs in, reads, sends, and reloads the page while a message waits. Returns the faults. */
async function useBroken(api: Api, fault: Fault, notice?: string): Promise<string[]> {
  const name = `${api} ${fault}`.toLowerCase().replaceAll(' ', '-');
  const { page, context, faults, logIn } = await openBroken(name, [[api, fault]]);
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

test.each<{ api: Api; faults: Fault[]; notice?: string }>([
  { api: 'localStorage', faults: ['throws', 'silent', 'full'], notice: LOGIN },
  { api: 'IndexedDB open', faults: ['throws', 'silent', 'full'], notice: CHATS },
  { api: 'IndexedDB transaction', faults: ['throws', 'silent', 'full'], notice: CHATS },
  // The next two store nothing that could be full.
  { api: 'Web Locks', faults: ['throws', 'silent'] },
  { api: 'BroadcastChannel', faults: ['throws', 'silent'] },
  { api: 'service worker', faults: ['throws', 'silent', 'full'] },
])(
  'where $api fails ($faults), a person can log in, read and send, and a reload loses nothing',
  async (line) => {
    const trouble = await Promise.all(line.faults.map((fault) => useBroken(line.api, fault, line.notice)));
    expect(trouble.flat()).toEqual([]);
  },
);

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
