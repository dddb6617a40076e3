import type { Id } from '../../../wire/wire.ts';
import type { FileUsage, TotalUsage } from '../../store.ts';

const NONE: TotalUsage = { bytes: 0, files: 0 };

/** What each person and everyone together use in files: sums of the usages of all conversations. */
export class UsageTotals {
  private readonly byUser = new Map<Id, TotalUsage>();
  private everyone: TotalUsage = NONE;

  of(userId?: Id): TotalUsage {
    return userId === undefined ? this.everyone : (this.byUser.get(userId) ?? NONE);
  }

  /** Puts the usages of a conversation as they are now in place of those before. */
  replace(before: Iterable<FileUsage>, now: Iterable<FileUsage>): void {
    for (const usage of before) this.add(usage, -1);
    for (const usage of now) this.add(usage, 1);
  }

  private add({ userId, bytes, files }: FileUsage, sign: 1 | -1): void {
    const plus = (total: TotalUsage) => ({
      bytes: total.bytes + sign * bytes,
      files: total.files + sign * files,
    });
    this.everyone = plus(this.everyone);
    const own = plus(this.of(userId));
    if (own.files === 0) this.byUser.delete(userId);
    else this.byUser.set(userId, own);
  }
}
