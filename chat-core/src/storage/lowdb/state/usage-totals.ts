import type { Id } from '../../../wire/wire.ts';
import type { FileUsage, TotalUsage } from '../../store.ts';

const NONE: TotalUsage = { bytes: 0, files: 0 };

/** What each person and everyone together use in files: sums of the usages of all conversations. */
export class UsageTotals {
  private readonly byUser = new Map<Id, TotalUsage>();
  /** Of each person, what they use in each conversation. */
  private readonly byConversation = new Map<Id, Map<Id, FileUsage>>();
  private everyone: TotalUsage = NONE;

  of(userId?: Id): TotalUsage {
    return userId === undefined ? this.everyone : (this.byUser.get(userId) ?? NONE);
  }

  /** The conversations in which the files of a person use most, at most so many, the largest first. */
  largest(userId: Id, count: number): FileUsage[] {
    const all = [...(this.byConversation.get(userId)?.values() ?? [])];
    return all.sort((a, b) => b.bytes - a.bytes).slice(0, count);
  }

  /** Puts the usages of a conversation as they are now in place of those before. */
  replace(before: Iterable<FileUsage>, now: Iterable<FileUsage>): void {
    for (const usage of before) {
      this.add(usage, -1);
      const own = this.byConversation.get(usage.userId);
      own?.delete(usage.conversationId);
      if (own?.size === 0) this.byConversation.delete(usage.userId);
    }
    for (const usage of now) {
      this.add(usage, 1);
      const own = this.byConversation.get(usage.userId) ?? new Map<Id, FileUsage>();
      this.byConversation.set(usage.userId, own.set(usage.conversationId, usage));
    }
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
