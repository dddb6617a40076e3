import type { Cipher } from '../cipher/cipher.ts';
import { isNotes } from '../conversations/notes.ts';
import type { Groups } from '../groups/group-info.ts';
import { listScheduled } from '../messages/scheduled/schedule.ts';
import { openPicture } from '../people/picture.ts';
import { type Profiles, strangerProfiles } from '../people/public-profile.ts';
import type { Account, Conversation, Store } from '../storage/store.ts';
import type { Id, Profile } from '../wire/wire.ts';

/** What an export reads from. `cipher` neither caches nor charges for what it opens. */
export type ExportDeps = { store: Store; cipher: Cipher; profiles: Profiles; groups: Groups };

/** What a person sees of another, as an export writes it. */
export type ExportedPerson = { username: string; displayName?: string; about?: string };

export function exportedPerson({ username, displayName, about }: Profile): ExportedPerson {
  return { username, ...(displayName && { displayName }), ...(about && { about }) };
}

/** A short name of a person in a message: the username; a deleted account has only a display name. */
export const shortName = ({ username, displayName = '' }: Profile) => username || displayName;

/** The title of a conversation: the group’s name, the other person, or what the notes are called. */
export async function titleOf(
  { profiles, groups }: ExportDeps,
  userId: Id,
  one: Conversation,
): Promise<string> {
  if (one.kind === 'group') return groups.nameOf(one);
  if (isNotes(one)) return 'Catatan';
  const otherId = one.members.find((id) => id !== userId) ?? userId;
  return shortName(await profiles.visibleTo(userId, otherId));
}

/** Profile, settings and devices of a person, without a secret. @throws ApiError CIPHER_UNAVAILABLE */
export async function accountPart(deps: ExportDeps, account: Account): Promise<object> {
  const { store, profiles } = deps;
  const { pictureId: _, ...me } = await profiles.me(account.id);
  const scheduled = await listScheduled(deps, account.id);
  return {
    exportedAt: isoTime(store.time.wall()),
    ...me,
    devices: account.devices.map(({ name, createdAt, lastSeenAt, push }) => ({
      name,
      createdAt: isoTime(store.time.toWall(createdAt)),
      lastSeenAt: isoTime(store.time.toWall(lastSeenAt)),
      notifications: push !== undefined,
    })),
    secondFactor: account.secondFactor !== undefined,
    ...(account.identity && { loginProvider: account.identity.issuer }),
    ...(scheduled.length > 0 && { scheduled }),
  };
}

/** The friends of a person, open requests and whom they have blocked. @throws ApiError CIPHER_UNAVAILABLE */
export async function friendsPart({ store, profiles }: ExportDeps, account: Account): Promise<object> {
  const { id, contacts, askedBy = [], asked = [], blocked = [] } = account;
  const strangers = async (ids: Id[]) => (await strangerProfiles(store, ids)).map(exportedPerson);
  const friends: ExportedPerson[] = [];
  for (const contact of contacts) friends.push(exportedPerson(await profiles.visibleTo(id, contact)));
  return {
    friends,
    requestsReceived: await strangers(askedBy),
    requestsSent: await strangers(asked),
    blocked: await strangers(blocked),
  };
}

/** The picture of a person and the ending of its name; undefined without one. @throws ApiError CIPHER_UNAVAILABLE */
export async function picturePart(
  { store, cipher }: ExportDeps,
  userId: Id,
): Promise<{ bytes: Buffer; ending: string } | undefined> {
  const row = await store.picture(userId);
  const picture = row && (await openPicture(cipher, row, userId));
  if (!picture) return undefined;
  return { bytes: Buffer.from(picture.data, 'base64'), ending: picture.type.replace('image/', '') };
}

/** A time by the wall clock as people and programs read it (RFC 3339), in UTC. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
