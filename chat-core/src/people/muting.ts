import type { Clock } from '../clock.ts';
import { requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { Account, Store } from '../storage/store.ts';
import type { Id, Mute, Muted, MuteFor } from '../wire/wire.ts';

/** Muted conversations of one person; they are part of the account's row, which each change rewrites. */
export const MAX_MUTED = 200;
const HOUR_MS = 3_600_000;
/** A request whose mute would end at most this much after the stored one repeats it: its response was lost. */
const REPEAT_MS = 60_000;
const DURATIONS_MS: Partial<Record<MuteFor, number>> = { '8h': 8 * HOUR_MS, '1w': 7 * 24 * HOUR_MS };

/**
 * Mutes a conversation for a person on all their devices, for a while or always, or unmutes it, and drops the mutes that are
 * over and those of groups that they left. Returns all muted conversations. @throws ApiError NOT_MEMBER, LIST_FULL, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function mute(
  { store, clock }: { store: Store; clock: Clock },
  userId: Id,
  input: Mute,
): Promise<Muted[]> {
  return store.transact(async (tx) => {
    const { conversationId } = input;
    const account = await tx.account(userId);
    if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
    const now = clock();
    const duration = DURATIONS_MS[input.for];
    const before = mutedOf(account);
    const same = before.find((one) => one.conversationId === conversationId);
    // Who left a group can still take its mute off.
    if (!same || input.for !== 'off') await requireMember(tx, userId, input);
    const sameMentions = (same?.mentions ?? false) === (input.mentions ?? false);
    if (same && sameMentions && input.for !== 'off' && isRepeat(same, duration && now + duration))
      return before;
    const others: Muted[] = [];
    for (const one of before) {
      if (one.conversationId === conversationId || !isActive(one, now)) continue;
      if ((await tx.conversation(one.conversationId))?.members.includes(userId)) others.push(one);
    }
    const added: Muted = {
      conversationId,
      ...(duration !== undefined && { until: now + duration }),
      ...(input.mentions && { mentions: true }),
    };
    const muted = input.for === 'off' ? others : [...others, added];
    if (muted.length > MAX_MUTED) throw new ApiError('LIST_FULL');
    if (JSON.stringify(muted) === JSON.stringify(before)) return before;
    const { rev: _, shownRev: __, muted: ___, ...profile } = { edit: 0, ...account.profile };
    await tx.saveProfile(userId, { ...profile, ...(muted.length > 0 && { muted }) }, { isShown: false });
    return muted;
  });
}

/** The same with ends by the wall clock, as clients get them. */
export function toWireMutes({ time }: Pick<Store, 'time'>, muted: Muted[]): Muted[] {
  return muted.map(({ conversationId, until, mentions }) => ({
    conversationId,
    ...(mentions && { mentions }),
    ...(until !== undefined && { until: time.toWall(until) }),
  }));
}

export function mutedOf(account: Pick<Account, 'profile'> | undefined): Muted[] {
  return account?.profile?.muted ?? [];
}

/**
 * What a person has muted of a conversation at this time: nothing, or all but mentions of them, or all. A muted one in the
 * archive is muted as a whole.
 */
export function mutedAt(
  account: Pick<Account, 'profile'> | undefined,
  conversationId: Id,
  now: number,
): 'nothing' | 'all but mentions' | 'all' {
  const found = mutedOf(account).find((one) => one.conversationId === conversationId && isActive(one, now));
  if (!found) return 'nothing';
  const isArchived = account?.profile?.chats?.some(
    (one) => one.conversationId === conversationId && one.archived !== undefined,
  );
  return found.mentions || isArchived ? 'all' : 'all but mentions';
}

/** Whether a mute is the requested one: both without an end, or with ends so close that the request is a repeat. */
function isRepeat({ until }: Muted, requested: number | undefined): boolean {
  if (until === undefined || requested === undefined) return until === requested;
  return requested >= until && requested - until < REPEAT_MS;
}

const isActive = ({ until }: Muted, now: number) => until === undefined || until > now;
