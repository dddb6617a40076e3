import { randomUUID } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import request from 'supertest';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { groupNameBinding } from '../src/cipher/binding.ts';
import { hashCode } from '../src/codes.ts';
import { createHttpServer } from '../src/http/server.ts';
import { sealPicture } from '../src/people/picture.ts';
import type { Account, GroupMembership, StoredPush } from '../src/storage/store.ts';
import { EXAMPLE } from '../src/wire/examples.ts';
import { DEFAULT_PERMISSIONS } from '../src/wire/groups.ts';
import { startApp, type TestApp } from './support/app.ts';
import { filePath, PNG, storeMessageWith } from './support/attachments.ts';
import { turnOnTotp } from './support/authenticator.ts';
import { type Client, logIn, signUpFriends } from './support/client.ts';
import type { Document } from './support/document.ts';
import { fakeProvider, linkIdentity, OIDC_ENV, proofOf } from './support/fake-provider.ts';
import { ANOTHER_METHOD, BINARY_SIZE, CODE, fuzz, type Target } from './support/fuzz.ts';
import { addPasskey, assertPasskey, createPasskeyDevice } from './support/passkey-device.ts';
import { PASSWORD, reauthenticate } from './support/person.ts';
import { storePoll } from './support/polls.ts';
import { hash } from './support/quick-bcrypt.ts';
import { settledMemory } from './support/settled-memory.ts';
import { codeOf } from './support/totp-code.ts';
import { fileInput, messageDeps } from './support/uploads.ts';

// Real hashing would take minutes, and is not what is fuzzed.
vi.mock('../src/auth/bcrypt-client.ts', () => import('./support/quick-bcrypt.ts'));

/** Placeholders for a ticket and a code that are valid when they are sent. */
const [TICKET, TOTP_CODE] = ['$ticket', '$totp'];
const [OIDC_CODE, OIDC_STATE] = ['$oidcCode', '$oidcState'];
/** The fields of a passkey, and placeholders for values that are valid when they are sent. */
const PASSKEY_FIELDS = [
  'clientDataJSON',
  'attestationObject',
  'authenticatorData',
  'signature',
  'userHandle',
];
const PASSKEY_ID = '$passkeyId';
const POLL_SEQ = 'poll-seq';
/** The fields of the address of a file, which ends with the session that asked for it. */
const ADDRESS_FIELDS = ['person', 'device', 'expires', 'signature'];
const ORIGIN = 'https://chat.example.org';
const RUNS = Number(process.env.FUZZ_RUNS || 50_000);
/** Each operation must succeed this often with any seed: a request that the first checks refuse tests nothing more. */
const MIN_SUCCESSES = Math.min(20, Math.floor(RUNS / 2500));
/** Requests of one round over all operations. Rounds are alike, so that their memory can be compared. */
const ROUND = 50_000;
/** How much more memory the last round may need than the second, in which every cache is full. */
const MAX_GROWTH = 0.05;
/** The same requests in every run, so that a change fails by its own fault only; FUZZ_SEED chooses others. */
const SEED = Number(process.env.FUZZ_SEED || 1);

let test: TestApp;
let people: Client[];
/** Ani with the token of the current operation. */
let signedIn: Client | undefined;
let document: Document;
let server: Server;
/** The group of the current operation, whose id replaces that of the example. */
let groupId: string;
/** The upload of the current operation, whose id replaces that of the example. */
let uploadId: string;
/** Archives of Ani that are being filled. */
let archiveIds: string[];
/** The path of the file of message 5, which Budi sent, and values for it and for its address. */
let fileOfBudi: string;
let file: Record<string, string[]>;
/** Ani’s account before an operation that may delete it. */
let toRestore: Account | undefined;

beforeEach(async () => {
  // Held polls and commits that wait for others would take time and test nothing more.
  const env = { ...OIDC_ENV, MAX_HELD_POLLS: '0', PUBLIC_URL: ORIGIN };
  test = await startApp(env, { provider: fakeProvider, groupCommitMs: 0 });
  people = await signUpFriends(test);
  groupId = EXAMPLE.group.id;
  uploadId = EXAMPLE.uploadId;
  archiveIds = Array.from({ length: 60 }, () => randomUUID());
  toRestore = undefined;
  document = (await request(test.app).get('/api-docs.json')).body;
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
});

/** Sets the password back, which the fuzz may have changed, and removes a second factor that it turned on. */
async function restorePassword(username: string): Promise<void> {
  await test.store.transact(async (tx) => {
    const account = await tx.accountByName(username);
    if (!account) return;
    const { secondFactor: _, identity: __, suspended: ___, ...rest } = account;
    await tx.saveAccount({ ...rest, password: await hash(PASSWORD) });
  });
}

/** A ticket of Ani and the code that confirms its secret; with a second factor where the operation needs one. */
async function prepareSecondFactor(operation: string): Promise<Record<string, string>> {
  await restorePassword('ani');
  const ani = signedIn ?? expect.fail();
  const { ticket } = (await reauthenticate(ani)).body;
  const { secret } = (await ani.post('/auth/second-factor/totp', { ticket })).body;
  const code = codeOf(secret, test.clock.now);
  if (!/totp.remove|recovery/.test(operation)) return { [TICKET]: ticket, [TOTP_CODE]: code };
  const { recoveryCodes } = await turnOnTotp(ani, test.clock.now);
  return { [TICKET]: await ticketBy(recoveryCodes), [TOTP_CODE]: code };
}

/** A ticket of Ani by her second factor: one from before she had it would be refused. */
async function ticketBy([recoveryCode]: string[] = []): Promise<string> {
  return (await reauthenticate(signedIn ?? expect.fail(), { secondFactor: { recoveryCode } })).body.ticket;
}

/** A ticket of Ani, and a code of the provider that fits the operation: she is linked with it, or to be linked. */
async function prepareOidc(operation: string): Promise<Record<string, string>> {
  await restorePassword('ani');
  const ani = signedIn ?? expect.fail();
  const { ticket } = (await reauthenticate(ani)).body;
  if (/oidc.(login|reauthenticate|unlink)/.test(operation)) await linkIdentity(test, 'ani', 'kartini');
  const purpose = /oidc.link/.test(operation) ? 'link' : /reauth/.test(operation) ? 'confirm' : 'login';
  const person = /register/.test(operation) ? randomUUID() : 'kartini';
  const { code } = await proofOf(test, purpose, person);
  const begun = { purpose: 'login', challenge: EXAMPLE.oidc.challenge };
  const { body } = await request(test.app).post('/auth/oidc/start').send(begun);
  const state = new URL(body.url).searchParams.get('state') ?? '';
  return { [TICKET]: ticket, [OIDC_CODE]: code, [OIDC_STATE]: state };
}
/** A proof of Ani's only passkey, or a new one for her ticket where the operation adds one. */
async function preparePasskey(
  operation: string,
  ticket: string | undefined,
): Promise<Record<string, string>> {
  const ani = signedIn ?? expect.fail();
  const device = createPasskeyDevice(ORIGIN);
  if (operation.endsWith('/passkeys')) {
    const { body } = await ani.post('/auth/second-factor/passkeys/offer', { ticket });
    return placeholdersOf(device.create(body));
  }
  await restorePassword('ani');
  const recoveryCodes = await addPasskey(ani, device);
  const fields = placeholdersOf(await assertPasskey(ani, device));
  return { ...fields, [PASSKEY_ID]: device.id, [TICKET]: await ticketBy(recoveryCodes) };
}

const placeholdersOf = (fields: object) =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([name]) => PASSKEY_FIELDS.includes(name))
      .map(([name, value]) => [`$${name}`, String(value)]),
  );

/**
 * Sets the relation that an operation needs to succeed, mostly friends; stores one invite of the person it needs, a push
 * subscription of each device, a picture and a group. Returns a reset code and the id of the group.
 */
async function prepare(operation: string): Promise<Record<string, string>> {
  await restoreAccount();
  const [ani, budi] = people.map(({ id }) => id) as [string, string];
  const row = { userId: ani, id: randomUUID(), edit: 1 };
  const picture = await sealPicture(test.cipher, row, { type: 'image/png', data: EXAMPLE.png });
  const none = { contacts: [], asked: [], askedBy: [], blocked: [] };
  const [hers, his]: [Partial<Account>, Partial<Account>] = /friends.(accept|decline)/.test(operation)
    ? [{ askedBy: [budi] }, { asked: [ani] }]
    : /withdraw/.test(operation)
      ? [{ asked: [budi] }, { askedBy: [ani] }]
      : /friends.add/.test(operation)
        ? [{}, {}]
        : [{ contacts: [budi] }, { contacts: [ani] }];
  const { id, code } = EXAMPLE.invite;
  const by = /revoke/.test(operation) ? ani : budi;
  const invite = { id, hash: hashCode('invite', code), by, uses: 50, used: 0, createdAt: 0 };
  const { endpoint, keys, preview } = EXAMPLE.push;
  const resetCode = randomUUID();
  const reset = { hash: hashCode('reset', resetCode), expiresAt: Number.MAX_SAFE_INTEGER };
  const push = { endpoint, ...keys, preview: preview as StoredPush['preview'] };
  await test.store.transact(async (tx) => {
    for (const old of await tx.invites()) await tx.saveInvite({ ...old, used: old.uses });
    await tx.saveInvite({ ...invite, expiresAt: Number.MAX_SAFE_INTEGER });
    for (const [id, lists] of [[ani, hers] as const, [budi, his] as const]) {
      const account = await tx.account(id);
      if (!account) continue;
      const devices = account.devices.map((device) => ({ ...device, push }));
      await tx.savePeople({ ...account, ...none, ...lists, devices, reset });
    }
    await tx.saveProfile(ani, { edit: 1, picture: { id: row.id, edit: 1 } }, { isShown: true, picture });
  });
  const owner = /owner/.test(operation) ? await prepareOwner() : {};
  const deletion = operation === 'delete /me' ? await prepareDeletion() : {};
  if (/attachments/.test(operation)) await prepareUploads(operation);
  if (/attachments|files|reactions|star|forward|pin$/.test(operation)) await restoreFile();
  // The process of backups reports.
  if (/owner.backups/.test(operation)) test.backups.report({});
  const group = /groups|vote|close/.test(operation)
    ? { [EXAMPLE.group.id]: await prepareGroup(operation) }
    : {};
  const poll = /vote|close/.test(operation) ? { [POLL_SEQ]: await preparePoll() } : {};
  if (/imports/.test(operation)) await prepareArchives();
  const factor = /second-factor/.test(operation) ? await prepareSecondFactor(operation) : {};
  const oidc = /oidc/.test(operation) ? await prepareOidc(operation) : {};
  const passkey = /passkeys|login.passkey/.test(operation)
    ? await preparePasskey(operation, factor[TICKET])
    : {};
  const address = /get .(files|me.export)/.test(operation) ? await prepareAddress(operation) : {};
  return {
    [CODE]: resetCode,
    ...address,
    ...owner,
    ...deletion,
    [EXAMPLE.uploadId]: uploadId,
    ...group,
    ...poll,
    ...factor,
    ...oidc,
    ...passkey,
  };
}

/** Makes Ani the only owner, lets Budi in again, brings back whom it deleted, and sets the settings back. @returns a ticket */
async function prepareOwner(): Promise<Record<string, string>> {
  await test.store.saveSettings(() => ({}));
  await test.store.transact(async (tx) => {
    for (const { id, username } of people) {
      const account = await tx.account(id);
      if (!account) continue;
      const { owner: _, suspended: __, quotaMb: ___, deletedAt: ____, ...rest } = account;
      const role = username === 'ani' && { owner: true as const };
      await tx.saveAccount({ ...rest, password: await hash(PASSWORD), ...role });
    }
    const guest = { username: 'hadi', password: '', contacts: [], tokenVersion: 0, devices: [] };
    await tx.saveAccount({ ...guest, id: EXAMPLE.others.former.id });
  });
  await restorePassword('ani');
  return { [TICKET]: (await reauthenticate(signedIn ?? expect.fail())).body.ticket };
}

/** A ticket of Ani, who is no owner: the last one may not delete herself. */
async function prepareDeletion(): Promise<Record<string, string>> {
  await restorePassword('ani');
  const { ticket } = (await reauthenticate(signedIn ?? expect.fail())).body;
  await test.store.transact(async (tx) => {
    const account = (await tx.accountByName('ani')) ?? expect.fail();
    const { owner: _, ...rest } = account;
    toRestore = rest;
    await tx.saveAccount(rest);
  });
  return { [TICKET]: ticket };
}

/** Brings Ani back, if the fuzz may have deleted her. */
async function restoreAccount(): Promise<void> {
  const account = toRestore;
  toRestore = undefined;
  if (account) await test.store.transact((tx) => tx.saveAccount(account));
}

/** Stores a message of Budi with a file. */
async function storeFile(): Promise<void> {
  const [ani, budi] = people;
  const [{ id: conversationId } = expect.fail()] = await test.store.conversationsOf(ani?.id ?? '');
  const author = { conversationId, senderId: budi?.id ?? '' };
  const row = await storeMessageWith(test, author, [{ bytes: PNG }]);
  fileOfBudi = filePath(row);
  file = {
    seq: [String(row.seq)],
    attachmentId: [row.attachments?.[0]?.id ?? ''],
    Range: ['bytes=0-3', 'bytes=4-', 'bytes=-2', 'bytes=99-', 'bytes=0-1,3-4'],
    ...Object.fromEntries(ADDRESS_FIELDS.map((name) => [name, [`address-${name}`]])),
  };
}

const askForAddress = async () => (await signedIn?.post(`${fileOfBudi}/address`, {})) ?? expect.fail();

/** Stores a file of Budi again, if the fuzz has deleted his message for Ani. */
async function restoreFile(): Promise<void> {
  if ((await askForAddress()).status !== 200) await storeFile();
}

/** An address of Budi’s file, or of Ani’s export, for the session of Ani. */
async function prepareAddress(operation: string): Promise<Record<string, string>> {
  const isExport = /export/.test(operation);
  const { body } = (isExport && (await signedIn?.post('/me/export', {}))) || (await askForAddress());
  expect(body).toHaveProperty('path');
  const query = new URLSearchParams(body.path.split('?')[1]);
  return Object.fromEntries(
    ADDRESS_FIELDS.map((name) => [`address-${name}`, query.get(name) ?? expect.fail(name)]),
  );
}

/** Leaves one new upload of Ani, or none before she creates one. */
async function prepareUploads(operation: string): Promise<void> {
  const userId = people[0]?.id ?? '';
  const [{ id: conversationId } = expect.fail()] = await test.store.conversationsOf(userId);
  const { uploads } = messageDeps(test);
  for (const { id } of test.store.uploads()) await uploads.cancel(userId, id);
  if (operation === 'post /attachments') return;
  // The app has uploads of its own, which know nothing of these: another id for each.
  uploadId = randomUUID();
  await uploads.create(userId, fileInput(conversationId, BINARY_SIZE, { id: uploadId }));
}

/** Sets Ani’s group as an operation needs it: with Budi, without him, with his request, or a group of Budi with a link. */
async function prepareGroup(operation: string): Promise<string> {
  const [ani, budi] = people.map(({ id }) => id) as [string, string];
  const { linkId, code } = EXAMPLE.group;
  // A deleted group does not come back.
  if ((await test.store.conversation(groupId))?.members.length === 0) groupId = randomUUID();
  const id = groupId;
  const row = { userId: id, id: linkId, edit: 1 };
  const picture = await sealPicture(test.cipher, row, { type: 'image/png', data: EXAMPLE.png });
  const name = { ...(await test.cipher.seal('Keluarga', groupNameBinding(id, 1))), edit: 1 };
  const member = (userId: string, role: GroupMembership['role']): GroupMembership => ({
    userId,
    role,
    fromSeq: 1,
    joinedSeq: 0,
  });
  const isAlone = /requests|post .*members/.test(operation);
  const members = /join/.test(operation)
    ? [member(budi, 'owner')]
    : [member(ani, 'owner'), ...(isAlone ? [] : [member(budi, 'member')])];
  const open = { uses: 200, used: 0, createdAt: 0, expiresAt: Number.MAX_SAFE_INTEGER };
  const group = {
    edit: 1,
    name,
    members,
    picture: { id: row.id, edit: 1 },
    permissions: DEFAULT_PERMISSIONS,
    newcomersRead: 'none' as const,
    ...(/requests/.test(operation) && { requests: [budi] }),
  };
  await test.store.transact(async (tx) => {
    await tx.saveGroup(id, group, picture);
    const hash = hashCode('group', code);
    await tx.saveInvite({ ...open, id: linkId, hash, by: ani, conversationId: id });
  });
  return id;
}

/** Stores an open poll of Ani in her group. @returns its seq */
async function preparePoll(): Promise<string> {
  const { seq } = await storePoll(test, { conversationId: groupId, senderId: people[0]?.id ?? '' });
  return String(seq);
}

/** Makes the archives of Ani that are not there yet: one with a row, and empty ones, since each takes its first row once. */
async function prepareArchives(): Promise<void> {
  const userId = people[0]?.id ?? '';
  const archive = { source: 'whatsapp' as const };
  const members: GroupMembership[] = [{ userId, role: 'owner', fromSeq: 1, joinedSeq: 0 }];
  const sealed = await test.cipher.seal('Keluarga', groupNameBinding(userId, 1));
  const group = { edit: 1, name: { ...sealed, edit: 1 }, members, permissions: DEFAULT_PERMISSIONS };
  await test.store.transact(async (tx) => {
    for (const id of archiveIds) {
      if (await tx.conversation(id)) continue;
      await tx.saveGroup(id, { ...group, newcomersRead: 'all', archive });
      const row = { id: randomUUID(), conversationId: id, senderId: userId, timestamp: 1, imported: archive };
      if (id === archiveIds[0]) await tx.appendMessage({ ...row, ...sealed });
    }
  });
}

/** Values with which an operation of Ani passes the checks, besides the examples of the API document. */
function valuesFor(operation: string, cursor: string): Record<string, string[]> {
  const [ani = '', budi = ''] = people.map(({ id }) => id);
  const fresh = Array.from({ length: 1000 }, (_, n) => `tamu-${n}`);
  // An id that is sent twice with different content is refused: more of them than requests of one operation in a round.
  const newIds = Array.from({ length: 1000 }, () => randomUUID());
  return {
    ...(/groups/.test(operation) && {
      conversationId: operation === 'post /groups' ? newIds : [EXAMPLE.group.id],
      linkId: [EXAMPLE.group.linkId],
      memberIds: [budi],
      userIds: [budi],
      name: ['Keluarga', 'Tetangga'],
      role: ['admin', 'member'],
      ...(/look|join/.test(operation) && { code: [EXAMPLE.group.code] }),
    }),
    ...(/attachments/.test(operation) && {
      kind: ['media', 'files'],
      attachmentId: [EXAMPLE.uploadId],
      id: newIds,
      name: ['jadwal.pdf', '../foto.jpg'],
      type: ['application/pdf', 'image/png'],
      size: ['5', '70000'],
      offset: ['0'],
      preview: [EXAMPLE.png],
    }),
    ...(/imports/.test(operation) && {
      conversationId: /rows/.test(operation) ? archiveIds.slice(1) : archiveIds.slice(0, 1),
      name: ['Keluarga'],
      from: ['0'],
      at: ['1000'],
      text: ['hai'],
      rows: ['1'],
    }),
    seq: /report|star/.test(operation) ? ['4'] : ['1', '2', '3'],
    ...(/messages.*attachments|files|get .me.export/.test(operation) && file),
    ...(/reactions|star/.test(operation) && { seq: file.seq ?? [], emoji: ['👍', '❤️'] }),
    ...(/vote|close/.test(operation) && {
      conversationId: [EXAMPLE.group.id],
      seq: [POLL_SEQ],
      choices: ['0', '1', '2'],
    }),
    ...(/forward|pin$/.test(operation) && { seq: file.seq ?? [], seqs: ['4', ...(file.seq ?? [])] }),
    before: ['2', '4'],
    after: ['0', '2'],
    limit: ['1', '20'],
    cursor: [cursor],
    'Last-Event-ID': [cursor],
    wait: ['0'],
    clientMessageId: newIds,
    clientMessageIds: newIds,
    ...(!/imports/.test(operation) && { at: [String(EXAMPLE.scheduledAt)] }),
    userId: [
      operation === 'delete /owner/people/{userId}'
        ? EXAMPLE.others.former.id
        : /^post .friends|groups|owner/.test(operation)
          ? budi
          : ani,
    ],
    ...(/owner|delete .me$/.test(operation) && { 'Reauthentication-Ticket': [TICKET] }),
    username: /register$/.test(operation) ? fresh : ['ani'],
    friendUsername: ['budi'],
    newPassword: ['jahe-hangat-malam', PASSWORD],
    endpoint: [EXAMPLE.push.endpoint],
    p256dh: [EXAMPLE.push.keys.p256dh],
    auth: [EXAMPLE.push.keys.auth],
    data: [EXAMPLE.png],
    ...(!/attachments/.test(operation) && { type: ['image/png', 'image/png', 'image/png'] }),
    displayName: ['Ani', ''],
    about: ['Di kebun', ''],
    message: ['hai', 'apa kabar?'],
    ...(operation === 'post /auth/reset-password' && { code: [CODE] }),
    ticket: [TICKET],
    ...(/totp/.test(operation) && { code: [TOTP_CODE] }),
    ...(/oidc/.test(operation) && {
      code: [OIDC_CODE],
      state: [OIDC_STATE],
      verifier: [EXAMPLE.oidc.verifier],
      challenge: [EXAMPLE.oidc.challenge],
      inviteCode: [EXAMPLE.invite.code],
      newPassword: [PASSWORD],
    }),
    ...(/passkey/.test(operation) && {
      id: [PASSKEY_ID],
      ...Object.fromEntries(PASSKEY_FIELDS.map((name) => [name, [`$${name}`]])),
    }),
  };
}

async function targetOf(newServer: Server): Promise<Target> {
  server = newServer;
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const [ani, budi] = people;
  const input = { senderId: ani?.id, receiverId: budi?.id, message: 'hai' };
  for (let n = 0; n < 3; n++) await ani?.post('/chat/send', input);
  await budi?.post('/chat/send', { ...input, senderId: budi.id, receiverId: ani?.id });
  await storeFile();
  const { body } = await request(test.app).get('/sync').set('Authorization', `Bearer ${ani?.token}`);
  const conversations = await test.store.conversationsOf(people[0]?.id ?? '');
  return {
    port: (server.address() as AddressInfo).port,
    document,
    ids: {
      ...Object.fromEntries(['myId', 'userId', 'senderId'].map((name) => [name, people[0]?.id ?? ''])),
      ...Object.fromEntries(['friendId', 'receiverId'].map((name) => [name, people[1]?.id ?? ''])),
      conversationId: conversations[0]?.id ?? '',
      clientMessageId: randomUUID(),
      id: EXAMPLE.invite.id,
    },
    values: (operation) => valuesFor(operation, body.cursor),
    tokens: async () => {
      const fresh: string[] = [];
      await restoreAccount();
      // The fuzz may have required a second factor.
      await test.store.saveSettings(() => ({}));
      for (const name of ['ani', 'budi']) {
        await restorePassword(name);
        const client = await logIn(test, name);
        if (name === 'ani') signedIn = client;
        fresh.push(client.token);
      }
      return fresh;
    },
    prepare,
    // A person who is deleted does not come back, and all but one are needed further.
    spare: (sent) =>
      sent.method === 'DELETE' &&
      /owner.people/.test(sent.path) &&
      !sent.path.includes(EXAMPLE.others.former.id)
        ? { ...sent, method: 'GET', body: undefined }
        : sent,
    revision: test.store.revision,
  };
}

it(`${RUNS} requests generated from the API document get no 5xx, no leak and no partial change`, async () => {
  const target = await targetOf(createHttpServer(test.app));
  const all = new Map<number, number>();
  const successes = new Map<string, number>();
  const memory: number[] = [];
  for (let round = 0; round * ROUND < RUNS; round++) {
    const runs = Math.min(ROUND, RUNS - round * ROUND);
    for (const [operation, counts] of await fuzz(target, runs, SEED + 1000 * round)) {
      for (const [status, count] of counts) all.set(status, (all.get(status) ?? 0) + count);
      const good = (counts.get(200) ?? 0) + (counts.get(303) ?? 0);
      successes.set(operation, (successes.get(operation) ?? 0) + good);
    }
    memory.push(settledMemory());
    if (RUNS > ROUND)
      console.log(`${(round + 1) * ROUND} requests, ${Math.round((memory.at(-1) ?? 0) / 2 ** 20)} MiB`);
  }
  const tooFew = successes
    .entries()
    .filter(([name, good]) => name !== ANOTHER_METHOD && good < MIN_SUCCESSES);
  expect([...tooFew]).toEqual([]);
  expect(all.values().reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(RUNS);
  for (const status of [200, 204, 400, 401, 403, 404, 405, 413, 415]) {
    expect([status, (all.get(status) ?? 0) > 0]).toEqual([status, true]);
  }
  const [, second, ...later] = memory;
  const last = later.at(-1);
  if (second !== undefined && last !== undefined) expect(last / second).toBeLessThan(1 + MAX_GROWTH);
}, 7_200_000);

const FAULTS: [string, RegExp, (listener: RequestListener) => RequestListener][] = [
  [
    'a 500 for one odd field',
    /a 5xx/,
    (next) => (incoming, outgoing) => {
      if (!incoming.url?.includes('__proto__')) return next(incoming, outgoing);
      outgoing.writeHead(500, { 'Content-Type': 'application/json' });
      outgoing.end('{"error":"x","code":"INTERNAL"}');
    },
  ],
  [
    'a stack in an answer',
    /a leak/,
    (next) => (incoming, outgoing) => {
      if (incoming.headers.authorization !== 'Bearer x') return next(incoming, outgoing);
      outgoing.writeHead(401, { 'Content-Type': 'application/json' });
      outgoing.end(JSON.stringify({ error: new Error('no').stack, code: 'UNAUTHENTICATED' }));
    },
  ],
  [
    'an answer off its schema',
    /must/,
    (next) => (incoming, outgoing) => {
      if (!incoming.url?.includes('/health/live')) return next(incoming, outgoing);
      outgoing.writeHead(200, { 'Content-Type': 'application/json' });
      outgoing.end('{"status":"alive"}');
    },
  ],
];

it.each(FAULTS)(
  'the fuzz finds %s when it is planted',
  async (_, found, plant) => {
    const target = await targetOf(createServer(plant(test.app)));
    await expect(fuzz(target, 2000, 1)).rejects.toThrow(found);
  },
  1_200_000,
);

it('the fuzz finds a refusal that stored something when it is planted', async () => {
  const target = await targetOf(createHttpServer(test.app));
  let revision = 0;
  target.revision = () => revision++;
  await expect(fuzz(target, 500, 1)).rejects.toThrow('something was stored');
});
