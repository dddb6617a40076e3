import type { AuditEvent, AuditTrail } from '../audit/audit-trail.ts';
import { EVENTS } from '../audit/events.ts';
import type { Store } from '../storage/store.ts';
import type { Id, OwnerEvent, OwnerEvents } from '../wire/wire.ts';

/** Events on one page; more, when several have the time of the last one. */
const PAGE_LIMIT = 50;

/** The newest stored events before a time in epoch milliseconds, newest first, with the current usernames. */
export async function auditPage(
  { store, trail }: { store: Store; trail: Pick<AuditTrail, 'read'> },
  before = Number.POSITIVE_INFINITY,
): Promise<OwnerEvents> {
  const earlier = (await trail.read()).filter(({ at }) => at < before).reverse();
  const last = earlier[PAGE_LIMIT - 1]?.at ?? 0;
  const page = earlier.filter(({ at }, index) => index < PAGE_LIMIT || at === last);
  return {
    events: await Promise.all(page.map((event) => toOwnerEvent(store, event))),
    ...(page.length < earlier.length && { next: last }),
  };
}

async function toOwnerEvent(
  store: Store,
  { at, event, who, about, from, command, code, reason, host, suppressed }: AuditEvent,
): Promise<OwnerEvent> {
  return {
    at: Math.max(0, Math.floor(at)),
    event,
    says: EVENTS[event].says,
    ...(who !== undefined && { who: await named(store, who) }),
    ...(about !== undefined && { about: await named(store, about) }),
    ...(from !== undefined && { from }),
    ...(command !== undefined && { command }),
    ...(code !== undefined && { code }),
    ...(reason !== undefined && { reason }),
    ...(host !== undefined && { host }),
    ...(suppressed !== undefined && { suppressed }),
  };
}

/** A person by their current username; without one when the account is gone. */
export async function named(store: Pick<Store, 'account'>, id: Id): Promise<{ id: Id; username?: string }> {
  const account = await store.account(id);
  const isOpen = account !== undefined && account.deletedAt === undefined;
  return { id, ...(isOpen && { username: account.username }) };
}
