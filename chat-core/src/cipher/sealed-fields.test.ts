import { expect, it } from 'vitest';
import { emptied } from '../messages/remove.ts';
import { sealedInAccount } from '../resealing/rows.ts';
import { expiredRow } from '../storage/expiry-rows.ts';
import type { Account, StoredMessage } from '../storage/records.ts';
import { resealedMessage } from '../storage/rows.ts';
import type { Sealed } from './cipher.ts';
import { ciphertextsOf, sealedInMessage, withSealed } from './sealed-fields.ts';

const sealed = (content: string): Sealed => ({ v: 1, kid: 'old', content });

/** A message with every field that the type knows, so that the types fail for a new one until it is here. */
const MESSAGE: Required<Omit<StoredMessage, 'expired' | 'event'>> = {
  ...sealed('text'),
  id: 'm1',
  conversationId: 'c1',
  seq: 1,
  senderId: 'ani',
  receiverId: 'budi',
  timestamp: 1,
  sentAt: 1,
  rev: 2,
  changedRev: 3,
  edit: 1,
  editedAt: 2,
  deletedAt: 3,
  replyTo: 1,
  mentions: ['budi'],
  imported: { source: 'whatsapp' },
  attachments: [1, 2].map((n) => ({
    id: `f${n}`,
    size: 1,
    key: sealed(`key ${n}`),
    metadata: sealed(`metadata ${n}`),
    lost: true as const,
  })),
  forwarded: true,
  reactions: { ...sealed('reactions'), edit: 4 },
  poll: { closed: true, votes: { ...sealed('votes'), edit: 2 } },
  expiresAt: 9,
};

/** An account with every field that may hold a ciphertext. */
const ACCOUNT: Account = {
  ...{ id: 'ani', username: 'ani', password: 'h', contacts: [], tokenVersion: 0, devices: [] },
  scheduled: [{ ...sealed('scheduled'), id: 's1', conversationId: 'c1', dueAt: 1 }],
  profile: { edit: 1, texts: { ...sealed('texts'), edit: 1 }, rev: 1, shownRev: 1 },
  secondFactor: {
    totp: { id: 't', secret: sealed('secret'), digits: 6 },
  } as unknown as NonNullable<Account['secondFactor']>,
};

/** The content of every ciphertext anywhere in a value. */
function ciphertextsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { kid, content } = value as Partial<Sealed>;
  const own = typeof kid === 'string' && typeof content === 'string' && content !== '' ? [content] : [];
  return [...own, ...Object.values(value).flatMap(ciphertextsIn)];
}

it('the list of ciphertexts of a message or an account names each that is anywhere in it', () => {
  const all = ciphertextsIn(MESSAGE);
  expect(all).toHaveLength(7);
  expect(sealedInMessage(MESSAGE).map((row) => row.sealed.content)).toEqual(all);
  const names = sealedInAccount(ACCOUNT).map((row) => row.sealed.content);
  expect(names.sort()).toEqual(ciphertextsIn(ACCOUNT).sort());
});

it('each ciphertext of a message is bound to another thing than all others', () => {
  const bindings = sealedInMessage(MESSAGE).map(({ binding, isFileKey }) =>
    JSON.stringify({ binding, isFileKey }),
  );
  expect(new Set(bindings).size).toBe(bindings.length);
});

it('a message sealed anew has every ciphertext replaced, and is stored so', () => {
  const fresh = new Map(ciphertextsIn(MESSAGE).map((one) => [one, { ...sealed(`new ${one}`), kid: 'new' }]));
  const result = resealedMessage(MESSAGE, withSealed(MESSAGE, fresh));
  expect(ciphertextsIn(result)).toEqual(ciphertextsIn(MESSAGE).map((one) => `new ${one}`));
  expect(JSON.stringify(result)).not.toContain('"old"');
  const back = JSON.stringify(result).replaceAll('"new ', '"').replaceAll('"new"', '"old"');
  expect(JSON.parse(back)).toEqual(MESSAGE);
});

it('a message that is deleted or has expired has no ciphertext left, and the cache forgets each of a text', () => {
  for (const row of [emptied(MESSAGE, 5), expiredRow(MESSAGE)]) expect(ciphertextsIn(row)).toEqual([]);
  const keys = MESSAGE.attachments.map(({ key }) => key.content);
  expect([...ciphertextsOf(MESSAGE), ...keys].sort()).toEqual(ciphertextsIn(MESSAGE).sort());
});
