import type { Id } from '../../../wire/wire.ts';
import type { Account, Seen, StoredDevice, StoredPicture } from '../../store.ts';
import { RowPages } from '../pages/row-pages.ts';
import { Accounts } from './accounts.ts';

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

  put({ seenAt = 0, ...row }: PagedAccount): void {
    const known = this.accounts.get(row.id);
    const account = known ? { ...row, devices: row.devices.map((device) => laterUsed(device, known)) } : row;
    this.accounts.put(account);
    this.pages.change(account.id);
    this.recordSeen({ userId: account.id, at: seenAt });
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

  /** The newest that is known of what was seen; undefined when the device is no more. */
  newestOf({ userId, deviceId }: Seen): Seen | undefined {
    if (deviceId === undefined) return { userId, at: this.seen.get(userId) ?? 0 };
    const device = this.accounts.get(userId)?.devices.find(({ id }) => id === deviceId);
    return device && { userId, deviceId, at: device.lastSeenAt };
  }

  /** Somebody was there, or used a device; answers whether that is news. */
  recordSeen({ userId, deviceId, at }: Seen): boolean {
    if (deviceId !== undefined) return this.use(userId, deviceId, at);
    if (!this.accounts.get(userId) || at <= (this.seen.get(userId) ?? 0)) return false;
    this.seen.set(userId, at);
    this.pages.change(userId);
    return true;
  }

  private use(userId: Id, deviceId: Id, at: number): boolean {
    const account = this.accounts.get(userId);
    const used = account?.devices.find(({ id, lastSeenAt }) => id === deviceId && lastSeenAt < at);
    if (!account || !used) return false;
    const devices = account.devices.map((device) => (device === used ? { ...used, lastSeenAt: at } : device));
    this.accounts.put({ ...account, devices });
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

/** A device whose account is written anew, used no earlier than is known: a transaction may have read it before that. */
function laterUsed(device: StoredDevice, { devices }: Account): StoredDevice {
  const { lastSeenAt = 0 } = devices.find(({ id }) => id === device.id) ?? {};
  return lastSeenAt > device.lastSeenAt ? { ...device, lastSeenAt } : device;
}
