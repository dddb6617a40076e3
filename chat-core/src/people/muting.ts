import type { Clock } from '../clock.ts';
import { requireMember } from '../conversations/membership.ts';
import { ApiError } from '../errors.ts';
import type { Account, Store } from '../storage/store.ts';
import type { Id, Mute, Muted, MuteFor } from '../wire/wire.ts';

/** So many conversations a person mutes at once; they stand in the account's row, which each change writes anew. */
const MAX_MUTED = 200;
const HOUR_MS = 3_600_000;
/** A mute that would end so much later is the same one, asked for again after a lost answer. */
const REPEAT_MS = 60_000;
const LENGTHS: Partial<Record<MuteFor, number>> = { '8h': 8 * HOUR_MS, '1w': 7 * 24 * HOUR_MS };

/**
 * Tells a person of a conversation no more, for a while or always, or again; answers all that are muted. It holds on all
 * their devices, also while their pages are closed. @throws ApiError NOT_MEMBER, LIST_FULL, STORAGE_UNAVAILABLE, DISK_FULL
 */
export async function mute(
  { store, clock }: { store: Store; clock: Clock },
  userId: Id,
  wish: Mute,
): Promise<Muted[]> {
  return store.transact(async (tx) => {
    const { id: conversationId } = await requireMember(tx, userId, wish);
    const account = await tx.account(userId);
    if (!account) throw new ApiError('NO_SUCH_ACCOUNT');
    const now = clock();
    const length = LENGTHS[wish.for];
    const known = mutedOf(account);
    const before = known.find((one) => one.conversationId === conversationId);
    if (before && wish.for !== 'off' && isSame(before, length && now + length)) return known;
    const others = known.filter((one) => one.conversationId !== conversationId && isIn(one, now));
    const one: Muted = { conversationId, ...(length !== undefined && { until: now + length }) };
    const muted = wish.for === 'off' ? others : [...others, one];
    if (muted.length > MAX_MUTED) throw new ApiError('LIST_FULL');
    if (JSON.stringify(muted) === JSON.stringify(known)) return known;
    const { rev: _, shownRev: __, muted: ___, ...profile } = { edit: 0, ...account.profile };
    await tx.saveProfile(userId, { ...profile, ...(muted.length > 0 && { muted }) }, { isShown: false });
    return muted;
  });
}

/** The same with ends by the wall clock, as clients are told of them. */
export function shownMutes({ time }: Pick<Store, 'time'>, muted: Muted[]): Muted[] {
  return muted.map(({ conversationId, until }) => ({
    conversationId,
    ...(until !== undefined && { until: time.toWall(until) }),
  }));
}

export function mutedOf(account: Pick<Account, 'profile'> | undefined): Muted[] {
  return account?.profile?.muted ?? [];
}

/** Whether a person is not to be told of a conversation at this time. */
export function isMuted(
  account: Pick<Account, 'profile'> | undefined,
  conversationId: Id,
  now: number,
): boolean {
  return mutedOf(account).some((one) => one.conversationId === conversationId && isIn(one, now));
}

/** Whether a mute is the wanted one: without an end both, or with ends so close that it was asked for again. */
function isSame({ until }: Muted, wanted: number | undefined): boolean {
  if (until === undefined || wanted === undefined) return until === wanted;
  return wanted >= until && wanted - until < REPEAT_MS;
}

const isIn = ({ until }: Muted, now: number) => until === undefined || until > now;
