import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { CORE_OPTIONS } from '../../chat-core/src/node-options.ts';
import type { Message } from '../../chat-core/src/wire/wire.ts';
import { type Person, signUp } from '../../chat-core/test/support/person.ts';
import { startService } from '../../chat-core/test/support/service.ts';
import { setUp } from '../../cipher-service/src/setup.ts';
import { openBrowser, visit } from '../test/support/browser.ts';
import { buildPage } from '../test/support/built-page.ts';

/** The member's friends, and the messages each has written. */
const FRIENDS = 10;
export const MESSAGES = 40;
const TEXT = 'Besok kita kumpul di rumah nenek jam sepuluh pagi ya, jangan';

export const PHONE: BrowserContextOptions = {
  viewport: { width: 412, height: 823 },
  deviceScaleFactor: 1.75,
  hasTouch: true,
  isMobile: true,
};

/** A server with people and the built page, and a browser. */
export type Stage = {
  url: string;
  port: number;
  browser: Browser;
  /** The person whose page is measured, and their conversation with the friend who writes. */
  member: Person;
  chatId: string;
  say(text: string): Promise<void>;
  close(): Promise<void>;
};

export async function openStage(parent = tmpdir()): Promise<Stage> {
  const folder = await mkdtemp(join(parent, 'bisik-page-bench-'));
  const [keysDir, dataDir] = [join(folder, 'keys'), join(folder, 'data')];
  await setUp(keysDir);
  const built = buildPage();
  const shared = { KEYS_DIR: keysDir, LOG_LEVEL: 'error' };
  const cipher = await startService('cipher-service', { ...shared, CIPHER_PORT: '0' });
  const core = await startService(
    'chat-core',
    {
      ...shared,
      PORT: '0',
      CIPHER_PORT: String(cipher.port),
      DATA_DIR: dataDir,
      FRONTEND_DIR: built.folder,
      RATE_LIMITS: 'off',
    },
    CORE_OPTIONS,
  );
  const url = `http://127.0.0.1:${core.port}`;
  const { member, friend, chatId } = await fill(url);
  const browser = await openBrowser();
  return {
    url,
    port: core.port,
    browser,
    member,
    chatId,
    say: async (text) => void (await write(friend, member, text)),
    async close() {
      await browser.close();
      await core.stop();
      await cipher.stop();
      built.remove();
      await rm(folder, { recursive: true });
    },
  };
}

/** Signs up a person with ten friends; the last of them has written last. */
async function fill(url: string): Promise<{ member: Person; friend: Person; chatId: string }> {
  const member = await signUp(url, 'sari');
  let friend = member;
  let chatId = '';
  for (let n = 0; n < FRIENDS; n++) {
    friend = await signUp(url, `teman${n}`);
    await friend.post('/friends/add', { myId: friend.id, friendUsername: member.username });
    for (let index = 0; index < MESSAGES; index++) {
      const [from, to] = index % 2 ? [member, friend] : [friend, member];
      chatId = (await write(from, to, TEXT)).conversationId;
    }
  }
  return { member, friend, chatId };
}

async function write(from: Person, to: Person, message: string): Promise<Message> {
  const input = { senderId: from.id, receiverId: to.id, message };
  const { status, body } = await from.post('/chat/send', input);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body as Message;
}

/** A new phone, by default signed in as the member; its page is still blank. */
export async function phone(
  { browser, url, member }: Stage,
  { signedIn = true, worker = false }: { signedIn?: boolean; worker?: boolean } = {},
): Promise<{ context: BrowserContext; page: Page }> {
  const { id, username, token } = member;
  const session = JSON.stringify({ id, username, token, renewedAt: Date.now() });
  const origins = [{ origin: url, localStorage: [{ name: 'bisik.session', value: session }] }];
  const { context, page } = await visit(browser, 'about:blank', {
    ...PHONE,
    serviceWorkers: worker ? 'allow' : 'block',
    ...(signedIn ? { storageState: { cookies: [], origins } } : {}),
  });
  return { context, page };
}
