import { Validator } from '@seriousme/openapi-schema-validator';
import { hashSync } from 'bcrypt';
import request from 'supertest';
import { beforeEach, describe, expect, it } from 'vitest';
import { createOwnerClaim } from '../src/admin/owners.ts';
import { groupNameBinding } from '../src/cipher/binding.ts';
import type { Binding } from '../src/cipher/cipher.ts';
import { hashCode } from '../src/codes.ts';
import type { Route } from '../src/http/route.ts';
import { sealPicture } from '../src/people/picture.ts';
import type { Account, Group, Tx } from '../src/storage/store.ts';
import { EXAMPLE } from '../src/wire/examples.ts';
import { DEFAULT_PERMISSIONS } from '../src/wire/groups.ts';
import { startApp, type TestApp } from './support/app.ts';
import { PNG, storeMessageWith } from './support/attachments.ts';
import { logIn, signUp } from './support/client.ts';
import { answerChecker, type Described, type Document, operationsOf } from './support/document.ts';
import { fakeProvider, linkIdentity, OIDC_ENV, proofOf } from './support/fake-provider.ts';
import { assertPasskey, createPasskeyDevice } from './support/passkey-device.ts';
import { reauthenticate } from './support/person.ts';
import { storePoll } from './support/polls.ts';
import { codeOf } from './support/totp-code.ts';
import { bytesOf } from './support/uploads.ts';

const ORIGIN = 'https://chat.example.org';
let test: TestApp;
let document: Document;

beforeEach(async () => {
  test = await startApp(
    { ...OIDC_ENV, PUBLIC_URL: ORIGIN },
    { provider: fakeProvider, ownerClaim: createOwnerClaim(EXAMPLE.ownerCode) },
  );
  document = (await request(test.app).get('/api-docs.json')).body;
});

/** Stores the people, the conversations and the invites that the examples name. */
async function createExampleData(): Promise<void> {
  const password = hashSync(EXAMPLE.me.password, 4);
  const { me, friend, others, conversationId } = EXAMPLE;
  const asked: Record<string, Partial<Account>> = {
    [me.id]: { askedBy: [others.asking.id, others.refused.id], asked: [others.asked.id] },
    [others.asking.id]: { asked: [me.id] },
    [others.refused.id]: { asked: [me.id] },
    [others.asked.id]: { askedBy: [me.id] },
  };
  const row = { userId: friend.id, id: '00000000-0000-4000-8000-000000000003', edit: 1 };
  const picture = await sealPicture(test.cipher, row, { type: 'image/png', data: EXAMPLE.png });
  await test.store.transact(async (tx) => {
    for (const { id, username } of [me, friend, ...Object.values(others)]) {
      const phone = { id: EXAMPLE.deviceId, name: '', createdAt: 0, lastSeenAt: test.clock.now };
      const bare = {
        id,
        username,
        password,
        contacts: [],
        tokenVersion: 0,
        devices: id === me.id ? [phone] : [],
      };
      const reset = { hash: hashCode('reset', EXAMPLE.resetCode), expiresAt: test.clock.now + 1000 };
      await tx.saveAccount({ ...bare, ...asked[id], ...(id === others.met.id && { reset }) });
    }
    await tx.befriend(me.id, friend.id, conversationId);
    const open = { uses: 9, used: 0, createdAt: 0, expiresAt: test.clock.now + 1000 };
    const hash = hashCode('invite', EXAMPLE.invite.code);
    await tx.saveInvite({ ...open, id: EXAMPLE.invite.id, hash: 'another', by: me.id });
    await tx.saveInvite({ ...open, id: conversationId, hash, by: friend.id });
    await tx.befriend(me.id, others.former.id, '00000000-0000-4000-8000-000000000001');
    const sealed = await test.cipher.seal('halo', { conversationId } as Binding);
    for (const [id, senderId] of [
      ['00000000-0000-4000-8000-000000000002', EXAMPLE.friend.id],
      ['00000000-0000-4000-8000-000000000003', EXAMPLE.me.id],
    ] as const) {
      await tx.appendMessage({ id, conversationId, senderId, timestamp: test.clock.now, ...sealed });
    }
    const profile = { edit: 1, picture: { id: row.id, edit: 1 } };
    await tx.saveProfile(friend.id, profile, { isShown: true, picture });
    await createExampleGroups(tx);
  });
  await storePoll(test, { conversationId: EXAMPLE.group.id, senderId: me.id });
  const author = { conversationId, senderId: friend.id };
  await storeMessageWith(test, author, [{ bytes: PNG, id: EXAMPLE.attachmentId }]);
}

/** A group of `me` and `friend` with a picture, a request and two links, and a group to delete. */
async function createExampleGroups(tx: Tx): Promise<void> {
  const { me, friend, others, group } = EXAMPLE;
  const permissions = DEFAULT_PERMISSIONS;
  const place = { userId: group.id, id: '00000000-0000-4000-8000-000000000004', edit: 1 };
  const picture = await sealPicture(test.cipher, place, { type: 'image/png', data: EXAMPLE.png });
  const empty = async (id: string): Promise<Omit<Group, 'infoRev'>> => ({
    edit: 1,
    name: { ...(await test.cipher.seal('Keluarga', groupNameBinding(id, 1))), edit: 1 },
    members: [{ userId: me.id, role: 'owner', fromSeq: 1, joinedSeq: 0 }],
    permissions,
    newcomersRead: 'none',
  });
  await tx.saveGroup(group.ended, await empty(group.ended));
  const mine = await empty(group.id);
  const member = { userId: friend.id, role: 'member' as const, fromSeq: 1, joinedSeq: 0 };
  const shown = { picture: { id: place.id, edit: 1 }, requests: [others.asking.id] };
  await tx.saveGroup(group.id, { ...mine, ...shown, members: [...mine.members, member] }, picture);
  const archive = { archive: { source: 'whatsapp' as const }, newcomersRead: 'all' as const };
  await tx.saveGroup(EXAMPLE.archiveId, { ...(await empty(EXAMPLE.archiveId)), ...archive });
  const hash = hashCode('group', group.code);
  const link = { by: me.id, uses: 9, used: 0, createdAt: 0, expiresAt: test.clock.now + 1000 };
  await tx.saveInvite({ ...link, id: group.linkId, hash: 'one more', conversationId: group.id });
  await tx.saveInvite({ ...link, id: group.ended, hash, conversationId: group.id });
}

/** What the provider has proven for an operation; another person than that of `me` makes an account. */
async function proofFor(path: string): Promise<object> {
  const [, , , verb] = path.split('/');
  if (verb === 'login') await linkIdentity(test, EXAMPLE.me.username, 'me');
  const purpose = verb === 'link' ? 'link' : verb === 'reauthenticate' ? 'confirm' : 'login';
  return proofOf(test, purpose, verb === 'register' ? 'another' : 'me');
}

function urlOf({ path, operation }: Described): string {
  const examples = operation.parameters.filter(({ example }) => example !== undefined);
  const query = new URLSearchParams(
    examples
      .filter((field) => field.in === 'query')
      .map(({ name, example }): [string, string] => [name, String(example)]),
  );
  const filled = examples.reduce(
    (text, { name, example }) => text.replace(`{${name}}`, String(example)),
    path,
  );
  return `${filled}?${query}`;
}

describe('the API document', () => {
  it('the API document is valid OpenAPI 3.1 and names every route', async () => {
    const { valid, errors } = await new Validator().validate({ ...structuredClone(document) });
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    const named = operationsOf(document).map(
      ({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
    );
    expect(named.sort()).toEqual(test.routes.map(({ method, path }) => `${method} ${path}`).sort());
  });

  it('the examples of the API document work as they are, and the answers match their schemas', async () => {
    await createExampleData();
    const check = answerChecker(document);
    // A logout ends the token that the other operations need, a new password the old one, a cancelled upload is gone, and
    // a link and another device end by a ticket.
    const placeOf = ({ method, path }: Described) => {
      if (/logout|change-password/.test(path)) return 3;
      if (/unlink/.test(path)) return 2;
      return method === 'delete' && /attachments|devices/.test(path) ? 1 : 0;
    };
    // Deleting one's account ends it: someone else does that.
    const leaving = await signUp(test, 'pergi');
    const operations = operationsOf(document).sort((a, b) => placeOf(a) - placeOf(b));
    let { token } = await logIn(test, EXAMPLE.me.username);
    const signed: Record<string, string> = {};
    let ticket = '';
    let code = EXAMPLE.totpCode;
    const device = createPasskeyDevice(ORIGIN);
    let passkey: object = {};
    // What is signed, and what the time of a first code decides, no document can hold.
    const filled = (path: string, example: object | undefined, proof: object) => {
      if (!example) return example;
      if ('verifier' in example) return { ...example, ...proof, ...('ticket' in example && { ticket }) };
      return {
        ...example,
        ...('ticket' in example && { ticket, ...('code' in example && { code }) }),
        ...('passkey' in example && { passkey }),
        ...(/passkeys.(rename|remove)/.test(path) && { id: device.id }),
      };
    };
    test.backups.report({});
    for (const operation of operations) {
      const { method, operation: described } = operation;
      const sent = request(test.app)[method as Route['method']](
        `/api${signed[`${method} ${operation.path}`] ?? urlOf(operation)}`,
      );
      // A zip is no type that the client of tests reads by itself.
      if (operation.path === '/me/export' && method === 'get') sent.responseType('blob');
      const isLeaving = method === 'delete' && operation.path === '/me';
      const { content } = described.requestBody ?? {};
      const isBinary = content?.['application/octet-stream'] !== undefined;
      if (isBinary) sent.set('Content-Type', 'application/octet-stream');
      if (described.parameters.some(({ name }) => name === 'Reauthentication-Ticket'))
        sent.set('Reauthentication-Ticket', isLeaving ? (await reauthenticate(leaving)).body.ticket : ticket);
      const example = content?.['application/json']?.example as object | undefined;
      const proof = await proofFor(operation.path);
      const answer = await sent
        .set('Authorization', `Bearer ${isLeaving ? leaving.token : token}`)
        .send(isBinary ? bytesOf(5) : filled(operation.path, example, proof));
      const isRedirect = operation.path.endsWith('/callback');
      expect([answer.status, described.operationId]).toEqual([isRedirect ? 303 : 200, described.operationId]);
      if (isRedirect) continue;
      expect(check(operation, answer.status, answer.body)).toBeUndefined();
      if (operation.path.endsWith('/address'))
        signed['get /files/{conversationId}/{seq}/{attachmentId}'] = answer.body.path;
      if (operation.path === '/me/export' && method === 'post') signed['get /me/export'] = answer.body.path;
      if (operation.path === '/auth/change-password') token = answer.body.token;
      if (answer.body.ticket) ticket = answer.body.ticket;
      if (operation.path.endsWith('/passkeys/offer')) passkey = device.create(answer.body);
      if (operation.path.endsWith('/passkeys/rename'))
        passkey = await assertPasskey(request(test.app), device);
      if (operation.path === '/auth/second-factor/totp') code = codeOf(answer.body.secret, test.clock.now);
    }
  });

  it('the API document has a page with its own Content-Security-Policy, and API_DOCS=off removes both', async () => {
    const page = await request(test.app).get('/api-docs/').expect(200);
    expect(page.text).toContain('swagger-ui');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    await request(test.app).get('/api-docs').expect(301);
    await request(test.app).get('/api-docs/swagger-ui.css').expect(200);
    for (const path of ['index.html', 'swagger-initializer.js', 'zzz']) {
      const { body } = await request(test.app).get(`/api-docs/${path}`).expect(404);
      expect(body.code).toBe('NOT_FOUND');
    }
    for (const path of ['/api-docs', '/api-docs/zzz', '/api-docs.json']) {
      const { body } = await request(test.app).delete(path).expect(405);
      expect(body.code).toBe('METHOD_NOT_ALLOWED');
    }
    const quiet = await startApp({ API_DOCS: 'off' });
    await request(quiet.app).get('/api-docs/').expect(404);
    await request(quiet.app).get('/api-docs.json').expect(404);
  });

  it('the check of answers against the API document finds wrong statuses and bodies', () => {
    const check = answerChecker(document);
    const health = operationsOf(document).find(({ path }) => path === '/health/live');
    if (!health) throw new Error('no /health/live');
    expect(check(health, 200, { status: 'live' })).toBeUndefined();
    expect(check(health, 200, { status: 'dead' })).toContain('/health/live');
    expect(check(health, 200, { status: 'live', more: 1 })).toContain('/health/live');
    expect(check(health, 418, {})).toContain('418');
  });
});
