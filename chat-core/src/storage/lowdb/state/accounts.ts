import type { Id } from '../../../wire/wire.ts';
import { type Account, foldName } from '../../store.ts';

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
