import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { AuditEvent } from '../src/audit/audit-trail.ts';
import { createSecurityLog, type SecurityLog } from '../src/audit/security-log.ts';
import { createLog } from '../src/log.ts';
import { startApp, type TestApp } from './support/app.ts';
import { PNG, storeMessageWith } from './support/attachments.ts';
import { turnOnTotp } from './support/authenticator.ts';
import { canary, formsOf } from './support/canary.ts';
import { type Client, logIn, signUp, signUpFriends } from './support/client.ts';
import { outcomeOf as outcome } from './support/outcome.ts';
import { PASSWORD, reauthenticate } from './support/person.ts';

vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

let test: TestApp;
let ani: Client;
let budi: Client;
/** What the trail holds. */
let events: AuditEvent[];
let securityLog: SecurityLog;
beforeEach(() => start());

async function start(env: Record<string, string> = {}): Promise<void> {
  events = [];
  const trail = {
    append: (_: string, event: AuditEvent['event'], details: object) =>
      void events.push({ at: test.clock.now + events.length, event, ...details }),
    read: async () => events,
    close: async () => {},
  };
  securityLog = createSecurityLog(createLog('silent'), trail);
  test = await startApp(env, { trail, securityLog });
  [ani, budi] = await signUpFriends(test);
}

const claim = (who: Client, code = test.ownerCode) => who.post('/owner/claim', { code });
const ticketOf = async (who: Client) => ({
  'Reauthentication-Ticket': (await reauthenticate(who)).body.ticket as string,
});

describe('the first owner', () => {
  it('the code that the box printed makes one person the owner, who then sees it in their profile, and no one else', async () => {
    const cursor = (await ani.get('/sync')).body.cursor;
    expect(outcome(await claim(ani, 'AAAA-AAAA'))).toBe('WRONG_OWNER_CODE');
    expect(outcome(await ani.get('/owner/people'))).toBe('NOT_OWNER');
    expect(outcome(await claim(ani, test.ownerCode.toLowerCase().replaceAll('-', ' ')))).toBe(200);
    const delta = await ani.get('/sync', { 'Last-Event-ID': cursor });
    expect(delta.body.me.owner).toBe(true);
    expect(outcome(await ani.get('/owner/people'))).toBe(200);

    expect(outcome(await claim(budi))).toBe('WRONG_OWNER_CODE');
    expect((await budi.get('/sync')).body.me.owner).toBeUndefined();
    expect(outcome(await budi.get('/owner/people'))).toBe('NOT_OWNER');
  });

  it('the code of two people at the same time makes one of them the owner', async () => {
    const both = await Promise.all([claim(ani), claim(budi)]);
    expect(both.map(outcome).sort()).toEqual([200, 'WRONG_OWNER_CODE']);
  });

  it('the code is worth nothing on a box that has an owner already', async () => {
    await test.store.transact(async (tx) => {
      const account = await tx.account(budi.id);
      if (account) await tx.saveAccount({ ...account, owner: true });
    });
    expect(outcome(await claim(ani))).toBe('WRONG_OWNER_CODE');
  });

  it('a code whose use could not be stored still works', async () => {
    vi.spyOn(test.store, 'transact').mockRejectedValueOnce(new Error('broken'));
    expect((await claim(ani)).status).toBe(500);
    expect(outcome(await claim(budi))).toBe(200);
  });
});

describe('the role', () => {
  it('an owner makes another one with a ticket alone, and the last owner who may log in keeps the role', async () => {
    await claim(ani);
    const make = (headers = {}) => ani.patch(`/owner/people/${budi.id}`, { owner: true }, headers);
    expect(outcome(await make())).toBe('REAUTHENTICATION_REQUIRED');
    const own = `/owner/people/${ani.id}`;
    expect(outcome(await ani.patch(own, { owner: false }))).toBe('LAST_OWNER');
    expect(outcome(await ani.patch(own, { suspended: true }))).toBe('LAST_OWNER');
    expect((await make(await ticketOf(ani))).body).toMatchObject({ id: budi.id, owner: true });

    expect(outcome(await budi.patch(own, { suspended: true }, await ticketOf(budi)))).toBe(200);
    expect(outcome(await budi.patch(`/owner/people/${budi.id}`, { owner: false }))).toBe('LAST_OWNER');
    expect(outcome(await budi.patch(own, { owner: false }))).toBe('REAUTHENTICATION_REQUIRED');
    expect(outcome(await budi.patch(own, { owner: false }, await ticketOf(budi)))).toBe(200);
    expect(outcome(await budi.get('/owner/people'))).toBe(200);
  });

  it('of two owners who take the role from each other at the same time, one keeps it', async () => {
    await claim(ani);
    await ani.patch(`/owner/people/${budi.id}`, { owner: true }, await ticketOf(ani));
    const [anis, budis] = [await ticketOf(ani), await ticketOf(budi)];
    const both = await Promise.all([
      ani.patch(`/owner/people/${budi.id}`, { owner: false }, anis),
      budi.patch(`/owner/people/${ani.id}`, { owner: false }, budis),
    ]);
    expect(both.map(outcome)).toContain(200);
    const owners = test.store.allIds().accounts.filter((id) => test.store.signedIn(id)?.owner);
    expect(owners).toHaveLength(1);
  });

  it('who has lost the role is refused at once, also in a request whose body arrives later', async () => {
    await claim(ani);
    await ani.patch(`/owner/people/${budi.id}`, { owner: true }, await ticketOf(ani));
    await ani.patch(`/owner/people/${budi.id}`, { owner: false }, await ticketOf(ani));
    expect(outcome(await budi.get('/owner/settings'))).toBe('NOT_OWNER');
    expect(outcome(await budi.patch('/owner/settings', { registration: 'closed' }))).toBe('NOT_OWNER');
  });

  it('a box that asks owners alone for a second factor refuses them their pages without one, and lets others log in', async () => {
    await claim(ani);
    await ani.patch('/owner/settings', { secondFactor: 'owners' });
    expect(outcome(await ani.get('/owner/box'))).toBe('SECOND_FACTOR_MISSING');
    expect(outcome(await ani.get('/sync'))).toBe(200);
    await turnOnTotp(ani, test.clock.now);
    expect(outcome(await ani.get('/owner/box'))).toBe(200);

    const login = await request(test.app).post('/auth/login').send({ username: 'budi', password: PASSWORD });
    expect([login.status, login.body.setUpTicket]).toEqual([200, undefined]);
    expect((await request(test.app).get('/box')).body.secondFactor).toBe('owners');
  });

  it('a login of an owner without the second factor that owners need may only set one up', async () => {
    await start({ SECOND_FACTOR: 'owners' });
    await claim(ani);
    const second = await logIn(test, 'ani');
    expect(outcome(await second.get('/sync'))).toBe('SECOND_FACTOR_MISSING');
    await turnOnTotp(second, test.clock.now);
    expect(outcome(await second.get('/owner/box'))).toBe(200);
  });
});

describe('what an owner sees', () => {
  it('no answer to an owner contains a text, a name of a file, of a group or of a profile, or a secret of others', async () => {
    const words = {
      text: canary(),
      displayName: canary(),
      about: canary(),
      group: canary(),
      password: canary(),
      deviceName: canary(),
    };
    const citra = await signUp(test, 'citra', words.password);
    await budi.patch('/me', { displayName: words.displayName, about: words.about });
    const message = { senderId: budi.id, receiverId: ani.id, message: words.text };
    const sent = (await budi.post('/chat/send', message)).body;
    await budi.post('/groups', { name: words.group, memberIds: [ani.id] });
    await request(test.app)
      .post('/auth/login')
      .send({ username: 'citra', password: words.password, deviceName: words.deviceName });
    const author = { conversationId: sent.conversationId, senderId: budi.id };
    await storeMessageWith(test, author, [{ bytes: PNG }]);
    const of = { userId: budi.id, reason: 'abuse', conversationId: sent.conversationId, seq: sent.seq };
    await ani.post('/friends/report', of);
    // The premise: the words are where their readers find them.
    const history = `/chat/history?myId=${ani.id}&conversationId=${sent.conversationId}`;
    expect(JSON.stringify((await ani.get(history)).body)).toContain(words.text);

    await claim(citra);
    const hashes = await Promise.all(
      [ani, budi].map(async ({ id }) => (await test.store.account(id))?.password),
    );
    const secrets = { ...words, ...hashes, ani: ani.token, budi: budi.token };
    const { ticket } = (await reauthenticate(citra, { password: words.password })).body;
    // The deletion of Budi comes last.
    const owned = test.routes
      .filter(({ isOwners }) => isOwners)
      .sort((a, b) => Number(a.summary.startsWith('Delete a')) - Number(b.summary.startsWith('Delete a')));
    expect(owned.length).toBeGreaterThanOrEqual(10);
    const bodies: Record<string, object> = {
      'patch /owner/people/:userId': { quotaMb: 7 },
      'patch /owner/settings': { registration: 'invite' },
      'post /owner/people/:userId/reset-code': { attemptId: randomUUID() },
    };
    for (const { method, path } of owned) {
      const url = path.replace(':userId', budi.id);
      const { status, text } = await request(test.app)
        [method](url)
        .set({ Authorization: `Bearer ${citra.token}`, 'Reauthentication-Ticket': ticket })
        .send(bodies[`${method} ${path}`]);
      // No backups are set up here.
      const isBackup = method === 'post' && path === '/owner/backups';
      expect([path, status]).toEqual([path, isBackup ? 409 : 200]);
      const found = Object.entries(secrets).filter(
        ([, word]) => typeof word === 'string' && formsOf(word).some((form) => text.includes(form)),
      );
      expect([path, found.map(([name]) => name)]).toEqual([path, []]);
    }
    // What an owner does not see by these routes is refused on the others too.
    const read = await citra.get(`/chat/history?myId=${citra.id}&conversationId=${sent.conversationId}`);
    expect(outcome(read)).toBe('NOT_MEMBER');
  });

  it('the audit log shows who did what to whom, newest first, in pages', async () => {
    await claim(ani);
    // Each command has a budget.
    const changes = (n: number) => [{ suspended: true }, { suspended: false }, { quotaMb: n }];
    for (const change of Array.from({ length: 20 }, (_, n) => changes(n)).flat())
      await ani.patch(`/owner/people/${budi.id}`, change);
    const first = (await ani.get('/owner/audit')).body;
    expect(first.events[0]).toMatchObject({
      event: 'owner-command',
      command: 'set-quota',
      who: { id: ani.id, username: 'ani' },
      about: { id: budi.id, username: 'budi' },
      says: 'an owner of the box changed something',
    });
    const second = (await ani.get(`/owner/audit?before=${first.next}`)).body;
    const all = [...first.events, ...second.events];
    expect(all).toHaveLength(events.length);
    expect(second.next).toBeUndefined();
    expect(all.map(({ at }) => at)).toEqual(events.map(({ at }) => at).reverse());
  });

  it('the box status has the version, the disk and the memory, and whether the cipher is reached', async () => {
    await claim(ani);
    const { body } = await ani.get('/owner/box');
    expect(body).toMatchObject({ version: expect.any(String), cipher: { reachable: true } });
    expect(body.memory.heapBytes).toBeGreaterThan(0);
  });
});
