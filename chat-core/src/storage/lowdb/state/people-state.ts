import type { Id } from '../../../wire/wire.ts';
import { type Account, foldName, type Seen, type StoredDevice, type StoredPicture } from '../../store.ts';
import { RowPages } from '../pages/row-pages.ts';

/** Everybody, by id and by name. */
export class Accounts {
  private readonly byId = new Map<Id, Account>();
  private readonly idsByName = new Map<string, Id>();
  private readonly idsByFormerName = new Map<string, Set<Id>>();

  get size(): number {
    return this.byId.size;
  }

  get(id: Id): Account | undefined {
    return this.byId.get(id);
  }

  /** Who has this name; else the only one who had it. */
  named(username: string): Account | undefined {
    const name = foldName(username);
    const [former, ...others] = this.idsByFormerName.get(name) ?? [];
    const id = this.idsByName.get(name) ?? (others.length === 0 ? former : undefined);
    return this.byId.get(id ?? '');
  }

  /** Who has this name, then all who had it. */
  allNamed(username: string): Account[] {
    const name = foldName(username);
    const ids = [this.idsByName.get(name) ?? '', ...(this.idsByFormerName.get(name) ?? [])];
    return ids.map((id) => this.byId.get(id)).filter((account) => account !== undefined);
  }

  /** Of whom something was reported. */
  reported(): Account[] {
    return [...this.byId.values()].filter(({ reports = [] }) => reports.length > 0);
  }

  /** Up to `limit` who say something about themselves. */
  withProfile(limit: number): Account[] {
    const found: Account[] = [];
    for (const account of this.byId.values()) {
      if (found.length === limit) break;
      if (account.profile?.texts) found.push(account);
    }
    return found;
  }

  put(account: Account): void {
    this.byId.set(account.id, account);
    this.idsByName.set(foldName(account.username), account.id);
    if (account.formerName === undefined) return;
    const name = foldName(account.formerName);
    const ids = this.idsByFormerName.get(name) ?? new Set();
    this.idsByFormerName.set(name, ids.add(account.id));
  }
}

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
    if (known?.profile?.picture && !account.profile?.picture) this.removePicture(account.id);
  }

  /** A person, or a group, has no picture any more. */
  removePicture(id: Id): void {
    this.pictures.delete(id);
    this.changedPictures.add(id);
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
