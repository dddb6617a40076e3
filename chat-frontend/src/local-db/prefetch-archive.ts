import type { Id } from '../../../chat-core/src/wire/wire.ts';
import type { Clock } from '../clock.ts';
import { inTime } from '../deadline.ts';
import { type LocalDb, openLocalDb } from './local-db.ts';

type Early = { userId: Id; archive: Promise<LocalDb | undefined> };

let early: Early | undefined;

/** Opens what is kept of one account while the page's script is on its way. Resolves with whether anything is known to be. */
export async function prefetchLocalDb(userId: Id, clock: Clock): Promise<boolean> {
  const opening = openLocalDb(userId, clock);
  const loading = opening.then((archive) => archive?.load() ?? null);
  const archive = opening.then((opened) => opened && { ...opened, load: () => loading });
  early = { userId, archive };
  return (await inTime(clock, loading, null)) !== null;
}

/** What was opened early, once; else it is opened now. */
export async function takeLocalDb(userId: Id, clock: Clock): Promise<LocalDb | undefined> {
  const opened = early;
  early = undefined;
  if (opened?.userId === userId) return opened.archive;
  void opened?.archive.then((other) => other?.close());
  return openLocalDb(userId, clock);
}
