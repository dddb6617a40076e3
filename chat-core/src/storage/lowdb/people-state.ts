import type { Id } from '../../wire.ts';
import type { Account, Seen, StoredPicture } from '../store.ts';
import { Accounts } from './accounts.ts';
import { RowPages } from './row-pages.ts';

/** An account as a page of users has it. */
export type PagedAccount = Account & { seenAt?: number };

/** Everybody: accounts, when each was last there, and the pictures that are in no file yet. */
export class PeopleState {
  readonly accounts = new Accounts();
  readonly pages = new RowPages();
  private readonly seen = new Map<Id, number>();
  private readonly pictures = new Map<Id, StoredPicture>();
  /** Whose picture changed since it was written into its file, or removed from there. */
  readonly changedPictures = new Set<Id>();

  put({ seenAt = 0, ...account }: PagedAccount): void {
    const known = this.accounts.get(account.id);
    this.accounts.put(account);
    this.pages.change(account.id);
    this.see({ userId: account.id, at: seenAt });
    if (known?.profile?.picture && !account.profile?.picture) {
      this.pictures.delete(account.id);
      this.changedPictures.add(account.id);
    }
  }

  /** The accounts of one page, pages counted from 1. */
  on(page: number): PagedAccount[] {
    return this.pages
      .on(page)
      .map((id) => this.accounts.get(id))
      .filter((account) => account !== undefined)
      .map((account) => {
        const seenAt = this.seen.get(account.id);
        return seenAt === undefined ? account : { ...account, seenAt };
      });
  }

  lastSeen(userId: Id): number | undefined {
    return this.seen.get(userId);
  }

  /** Somebody was there; answers whether that is news. */
  see({ userId, at }: Seen): boolean {
    if (!this.accounts.get(userId) || at <= (this.seen.get(userId) ?? 0)) return false;
    this.seen.set(userId, at);
    this.pages.change(userId);
    return true;
  }

  /** A person's picture while it is in no file. */
  picture(userId: Id): StoredPicture | undefined {
    return this.pictures.get(userId);
  }

  putPicture(picture: StoredPicture): void {
    this.pictures.set(picture.userId, picture);
    this.changedPictures.add(picture.userId);
  }

  /** This picture is in its file now, unless another has come meanwhile. */
  markFiled(picture: StoredPicture): void {
    if (this.pictures.get(picture.userId) === picture) this.pictures.delete(picture.userId);
  }
}
