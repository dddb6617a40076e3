import type { Id } from '../../../wire/wire.ts';
import {
  type Account,
  foldName,
  type Identity,
  identityKey,
  type Seen,
  type StoredDevice,
  type StoredPicture,
} from '../../store.ts';
import { RowPages } from '../pages/row-pages.ts';

/** All accounts, by id, by name and by identity. */
export class Accounts {
  private readonly byId = new Map<Id, Account>();
  private readonly idsByName = new Map<string, Id>();
  private readonly idsByFormerName = new Map<string, Set<Id>>();
  private readonly idsByIdentity = new Map<string, Id>();

  get size(): number {
    return this.byId.size;
  }

  get(id: Id): Account | undefined {
    return this.byId.get(id);
  }

  ids(): MapIterator<Id> {
    return this.byId.keys();
  }

  /** The account with this username, or else the only one with this former name; no deleted one. */
  named(username: string): Account | undefined {
    const name = foldName(username);
    const own = this.open(this.idsByName.get(name));
    if (own) return own;
    const [former, ...others] = this.formerly(name);
    return others.length === 0 ? former : undefined;
  }

  /** The deleted account that had this username. */
  deletedNamed(username: string): Account | undefined {
    const name = foldName(username);
    const account = this.byId.get(this.idsByName.get(name) ?? '');
    return account?.deletedAt !== undefined && foldName(account.username) === name ? account : undefined;
  }

  /** The account with this id, unless it was deleted. */
  private open(id: Id | undefined): Account | undefined {
    const account = this.byId.get(id ?? '');
    return account?.deletedAt === undefined ? account : undefined;
  }

  private formerly(name: string): Account[] {
    return [...(this.idsByFormerName.get(name) ?? [])]
      .map((id) => this.open(id))
      .filter((account) => account !== undefined);
  }

  /** The account with this username, then all with this former name. */
  allNamed(username: string): Account[] {
    const name = foldName(username);
    const own = this.open(this.idsByName.get(name));
    return [...(own ? [own] : []), ...this.formerly(name)];
  }

  withIdentity(identity: Identity): Account | undefined {
    return this.byId.get(this.idsByIdentity.get(identityKey(identity)) ?? '');
  }

  /** Accounts with reports about them. */
  reported(): Account[] {
    return [...this.byId.values()].filter(({ reports = [] }) => reports.length > 0);
  }

  /** Up to `limit` accounts with profile texts. */
  withProfile(limit: number): Account[] {
    const found: Account[] = [];
    for (const account of this.byId.values()) {
      if (found.length === limit) break;
      if (account.profile?.texts) found.push(account);
    }
    return found;
  }

  put(account: Account): void {
    this.putIdentity(account, this.byId.get(account.id));
    this.byId.set(account.id, account);
    this.idsByName.set(foldName(account.username), account.id);
    if (account.formerName === undefined) return;
    const name = foldName(account.formerName);
    const ids = this.idsByFormerName.get(name) ?? new Set();
    this.idsByFormerName.set(name, ids.add(account.id));
  }

  private putIdentity({ id, identity }: Account, known: Account | undefined): void {
    if (known?.identity === identity) return;
    const old = known?.identity && identityKey(known.identity);
    if (old !== undefined && this.idsByIdentity.get(old) === id) this.idsByIdentity.delete(old);
    if (identity) this.idsByIdentity.set(identityKey(identity), id);
  }
}

/** An account as it is stored in a page of users. */
export type PagedAccount = Account & { seenAt?: number };

/** All people: accounts, when each was last online, and the pictures that are not in their files yet. */
export class PeopleState {
  readonly accounts = new Accounts();
  readonly pages = new RowPages();
  private readonly seen = new Map<Id, number>();
  private readonly pictures = new Map<Id, StoredPicture>();
  /** People whose picture changed or was removed since their file was written. */
  readonly changedPictures = new Set<Id>();

  put({ seenAt = 0, ...row }: PagedAccount): void {
    const known = this.accounts.get(row.id);
    const account = known
      ? { ...row, devices: row.devices.map((device) => withNewestUse(device, known)) }
      : row;
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

  /** The latest known time for a person or a device; undefined when the device no longer exists. */
  newestOf({ userId, deviceId }: Seen): Seen | undefined {
    if (deviceId === undefined) return { userId, at: this.seen.get(userId) ?? 0 };
    const device = this.accounts.get(userId)?.devices.find(({ id }) => id === deviceId);
    return (
      device && { userId, deviceId, at: device.lastSeenAt, ...(device.token && { token: device.token }) }
    );
  }

  /** Records that a person was online or used a device. @returns whether the time is later than the known one */
  recordSeen({ userId, deviceId, at, token }: Seen): boolean {
    if (deviceId !== undefined) return this.recordDeviceUse(userId, deviceId, at, token);
    if (!this.accounts.get(userId) || at <= (this.seen.get(userId) ?? 0)) return false;
    this.seen.set(userId, at);
    this.pages.change(userId);
    return true;
  }

  private recordDeviceUse(userId: Id, deviceId: Id, at: number, token: Seen['token']): boolean {
    const account = this.accounts.get(userId);
    const known = account?.devices.find(({ id }) => id === deviceId);
    const used = known && withNewer(known, at, token);
    if (!account || !used || used === known) return false;
    const devices = account.devices.map((device) => (device === known ? used : device));
    this.accounts.put({ ...account, devices });
    this.pages.change(userId);
    return true;
  }

  /** A person's picture while it is not in its file yet. */
  picture(userId: Id): StoredPicture | undefined {
    return this.pictures.get(userId);
  }

  putPicture(picture: StoredPicture): void {
    this.pictures.set(picture.userId, picture);
    this.changedPictures.add(picture.userId);
  }

  /** Records that this picture is in its file, unless a newer one has replaced it. */
  markFiled(picture: StoredPicture): void {
    if (this.pictures.get(picture.userId) === picture) this.pictures.delete(picture.userId);
  }
}

/** A device of a saved account with its latest known use: the transaction may have read an older one. */
function withNewestUse(device: StoredDevice, { devices }: Account): StoredDevice {
  const known = devices.find(({ id }) => id === device.id);
  return known ? withNewer(device, known.lastSeenAt, known.token) : device;
}

/** A device with a use and a token, unless it has later ones: then itself. */
function withNewer(device: StoredDevice, at: number, token: Seen['token']): StoredDevice {
  const isNewer = token !== undefined && token.issuedAt > (device.token?.issuedAt ?? 0);
  if (at <= device.lastSeenAt && !isNewer) return device;
  return { ...device, lastSeenAt: Math.max(at, device.lastSeenAt), ...(isNewer && { token }) };
}
