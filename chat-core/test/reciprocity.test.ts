import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { DEFAULT_PRIVACY, isShown } from '../src/people/privacy.ts';
import { openMemoryStore } from '../src/storage/lowdb/lowdb-store.ts';
import type { Store } from '../src/storage/store.ts';
import type { Audience, Privacy } from '../src/wire/wire.ts';

type Relation = 'friends' | 'former' | 'strangers' | 'blocked' | 'blocking';
const RELATIONS: Relation[] = ['friends', 'former', 'strangers', 'blocked', 'blocking'];
const SWITCHES: (keyof Privacy)[] = ['lastSeen', 'typing', 'readReceipts'];

const audience = fc.constantFrom<Audience>('everyone', 'contacts', 'nobody');
const privacy = fc.record({ lastSeen: audience, typing: audience, readReceipts: fc.boolean() });

let store: Store;
beforeAll(async () => {
  store = await openMemoryStore();
});

/** Stores Ani and Budi with this relation and these privacy settings. */
async function setRelation(relation: Relation, hers: Privacy, his: Privacy): Promise<void> {
  const isFriend = relation === 'friends';
  await store.transact(async (tx) => {
    const between = await tx.directBetween('ani', 'budi');
    if (relation !== 'strangers' && !between) {
      const bare = { password: '', contacts: [], tokenVersion: 0, devices: [] };
      for (const id of ['ani', 'budi']) await tx.saveAccount({ ...bare, id, username: id });
      await tx.openDirect('ani', 'budi', 'ani-budi');
    }
    for (const [id, other, own, blocks] of [
      ['ani', 'budi', hers, relation === 'blocking'],
      ['budi', 'ani', his, relation === 'blocked'],
    ] as const) {
      const bare = { id, username: id, password: '', tokenVersion: 0, devices: [] };
      const contacts = isFriend ? [other] : [];
      await tx.saveAccount({ ...bare, contacts, ...(blocks && { blocked: [other] }) });
      await tx.saveProfile(id, { edit: 0, privacy: own }, { isShown: false });
    }
  });
}

/** The rule as it is documented: both share it, and their relation allows it. */
function expected(what: keyof Privacy, relation: Relation, hers: Privacy, his: Privacy): boolean {
  if (relation === 'blocked' || relation === 'blocking' || relation === 'strangers') return false;
  const shares = (own: Privacy) => {
    if (what === 'readReceipts') return own.readReceipts && relation === 'friends';
    return own[what] === 'everyone' || (own[what] === 'contacts' && relation === 'friends');
  };
  return shares(hers) && shares(his);
}

it('a person who hides something does not see it of others, with any relation and any settings of the two', async () => {
  // Strangers first: a conversation is never removed.
  for (const relation of RELATIONS.toSorted((a) => (a === 'strangers' ? -1 : 0))) {
    await fc.assert(
      fc.asyncProperty(privacy, privacy, fc.constantFrom(...SWITCHES), async (hers, his, what) => {
        await setRelation(relation, hers, his);
        const [forward, back] = [
          await isShown(store, what, 'ani', 'budi'),
          await isShown(store, what, 'budi', 'ani'),
        ];
        expect([forward, back]).toEqual(Array(2).fill(expected(what, relation, hers, his)));
        expect(await isShown(store, what, 'ani', 'ani')).toBe(true);
      }),
      { numRuns: 150 },
    );
  }
});

it('friends with default settings see everything of each other', async () => {
  await setRelation('friends', DEFAULT_PRIVACY, DEFAULT_PRIVACY);
  for (const what of SWITCHES) expect(await isShown(store, what, 'ani', 'budi')).toBe(true);
  expect(await isShown(store, 'lastSeen', 'ani', 'nobody-known')).toBe(false);
});
