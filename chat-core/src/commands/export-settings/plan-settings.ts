import type { Account, Store } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import type { SeedFile, SeedUser } from '../import/seed-file.ts';
import type { SeedHeader, SeedScheduled, SeedSettings } from './seed-settings.ts';

/** A scheduled text whose time has been over for longer is not sent any more: no one expects it. */
const MAX_LATE_MS = 24 * 3600 * 1000;

/** Where a conversation of the file is here. `isFromFile`: it has no message that is not of the file. */
export type SeedTarget = { id: Id; isFromFile: boolean };

/** The message of a place in the file. */
type Place = { conversationId: Id; messageId: Id };

/** What a conversation gets; the pinned message by its id. */
export type PlannedHeader = {
  conversationId: Id;
  expireAfterS?: number;
  pinned?: { messageId: Id; by: Id; expiresAt?: number };
};

/** What a person gets, with conversations and messages as they are here. `archived` is the newest message of that time. */
export type PlannedSettings = Pick<SeedSettings, 'privacy' | 'muted'> & {
  userId: Id;
  chats: { conversationId: Id; archived?: Id | 'none'; pinned?: true; unread?: true }[];
  stars: Place[];
  /** `boundTo` is the conversation that a sealed text is bound to. */
  scheduled: (SeedScheduled & { boundTo: Id })[];
};

export type PlannedAllSettings = {
  headers: PlannedHeader[];
  settings: PlannedSettings[];
  /** Scheduled texts that are left out: their time is long over. */
  lateTexts: number;
};

/**
 * What people and conversations of the file get of their settings. Those who have set something here keep it: a person who
 * has a profile, and a conversation with other messages than those of the file. `targets` are by the ids of the file.
 */
export async function planSettings(
  file: SeedFile,
  store: Store,
  accounts: Account[],
  targets: ReadonlyMap<string, SeedTarget>,
): Promise<PlannedAllSettings> {
  const places = placesOf(file);
  const added = new Set(accounts.map(({ id }) => id));
  const exists = async (id: Id) => added.has(id) || (await store.account(id)) !== undefined;
  const headers: PlannedHeader[] = [];
  for (const seed of [...file.directs, ...file.groups]) {
    const target = targets.get(seed.id);
    const planned = target?.isFromFile && (await planHeader(seed, target.id, store, places(seed.id)));
    if (!planned || (planned.pinned && !(await exists(planned.pinned.by)))) continue;
    headers.push(planned);
  }
  const settings: PlannedSettings[] = [];
  let lateTexts = 0;
  const now = store.time.now();
  for (const user of new Map(file.users.map((one) => [one.id, one])).values()) {
    if (!user.settings || !(added.has(user.id) || (await isUntouched(store, user)))) continue;
    const { scheduled, ...own } = user.settings;
    const inTime = scheduled.filter(
      ({ dueAt, failure }) => failure !== undefined || dueAt > now - MAX_LATE_MS,
    );
    lateTexts += scheduled.length - inTime.length;
    settings.push(toPlanned(user.id, { ...own, scheduled: inTime }, targets, places));
  }
  return { headers, settings, lateTexts };
}

/** An account that an import has made, and whose person has set nothing yet: an interrupted import goes on with it. */
async function isUntouched(store: Store, { id, password }: SeedUser): Promise<boolean> {
  const known = await store.account(id);
  return known?.password === password && known.profile === undefined && known.scheduled === undefined;
}

async function planHeader(
  { expireAfterS, pinned }: SeedHeader,
  conversationId: Id,
  store: Store,
  { at }: Places,
): Promise<PlannedHeader | undefined> {
  const known = await store.conversation(conversationId);
  const messageId = pinned && !known?.pinned ? at(pinned.seq) : undefined;
  const header = {
    ...(expireAfterS !== undefined && known?.expireAfterS === undefined && { expireAfterS }),
    ...(pinned &&
      messageId !== undefined && {
        pinned: {
          messageId,
          by: pinned.by,
          ...(pinned.expiresAt !== undefined && { expiresAt: pinned.expiresAt }),
        },
      }),
  };
  return Object.keys(header).length > 0 ? { conversationId, ...header } : undefined;
}

function toPlanned(
  userId: Id,
  { privacy, muted, chats, stars, scheduled }: SeedSettings,
  targets: ReadonlyMap<string, SeedTarget>,
  places: (conversationId: Id) => Places,
): PlannedSettings {
  const here = <T extends { conversationId: Id }>(list: T[]) =>
    list.flatMap((one) => {
      const target = targets.get(one.conversationId);
      return target ? [{ one, conversationId: target.id, places: places(one.conversationId) }] : [];
    });
  return {
    userId,
    ...(privacy && { privacy }),
    muted: here(muted).map(({ one, conversationId }) => ({ ...one, conversationId })),
    chats: here(chats).map(({ one: { archived, ...flags }, conversationId, places: { upTo } }) => ({
      ...flags,
      conversationId,
      ...(archived !== undefined && { archived: upTo(archived) ?? ('none' as const) }),
    })),
    stars: here(stars).flatMap(({ one, conversationId, places: { at } }) =>
      one.seqs.flatMap((seq) => {
        const messageId = at(seq);
        return messageId === undefined ? [] : [{ conversationId, messageId }];
      }),
    ),
    scheduled: here(scheduled).map(({ one, conversationId }) => ({
      ...one,
      conversationId,
      boundTo: one.conversationId,
    })),
  };
}

/** The messages of a conversation of the file by their seqs there: at one, and the newest one up to one. */
type Places = { at(seq: number): Id | undefined; upTo(seq: number): Id | undefined };

/** Finds messages of the file, of the conversations in which someone has pinned, starred or archived something. */
function placesOf(file: SeedFile): (conversationId: Id) => Places {
  const used = new Set([
    ...[...file.directs, ...file.groups].flatMap(({ id, pinned }) => (pinned ? [id] : [])),
    ...file.users.flatMap(({ settings }) =>
      [...(settings?.stars ?? []), ...(settings?.chats ?? [])].map(({ conversationId }) => conversationId),
    ),
  ]);
  type Found = { seqs: number[]; ids: Map<number, Id> };
  const rows = new Map<string, Found>();
  for (const { conversationId, seq, id } of file.rows) {
    if (conversationId === undefined || seq === undefined || !used.has(conversationId)) continue;
    const found: Found = rows.get(conversationId) ?? { seqs: [], ids: new Map() };
    rows.set(conversationId, found);
    found.seqs.push(seq);
    found.ids.set(seq, id);
  }
  for (const { seqs } of rows.values()) seqs.sort((a, b) => a - b);
  return (conversationId) => {
    const found = rows.get(conversationId);
    const at = (seq: number) => found?.ids.get(seq);
    return { at, upTo: (seq) => at(found?.seqs.findLast((one) => one <= seq) ?? 0) };
  };
}
