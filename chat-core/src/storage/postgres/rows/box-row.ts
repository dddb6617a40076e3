import type { Pool } from 'pg';
import { mergeOffTimes, NO_OFF_TIMES, type OffTime } from '../../../off-time.ts';
import type { StoredSettings } from '../../../wire/wire.ts';
import type { Box } from '../replica/load-replica.ts';

/** What the row of the box says of settings and keys, as of the last poll. */
export class BoxRow {
  private readonly readers: Pool;
  private box: Pick<Box, 'settings' | 'sealed_with'>;
  private writtenAt = 0;

  constructor(readers: Pool, box: Box) {
    this.readers = readers;
    this.box = box;
  }

  /** Takes over the row as it was read. `askedAt`: when, on the clock of `performance`; what was written here since is newer. */
  use(box: Box, askedAt: number): void {
    if (askedAt >= this.writtenAt) this.box = box;
  }

  settings(): StoredSettings {
    return this.box.settings ?? {};
  }

  sealedWith(): string | undefined {
    return this.box.sealed_with ?? undefined;
  }

  async recordSealedWith(kid: string): Promise<void> {
    await this.readers.query('update box set sealed_with = $1', [kid]);
    this.wrote({ sealed_with: kid });
  }

  /** Replaces the settings by what `change` makes of them, in turn; undefined: nothing is written. */
  async saveSettings(change: (before: StoredSettings) => StoredSettings | undefined): Promise<void> {
    const settings = await this.replace('settings', (before) => change(before ?? {}));
    if (settings) this.wrote({ settings });
  }

  /** Stores what this process knows of times off, beside what others do. `before`: what it stored or read before. */
  async saveOffTimes(before: readonly OffTime[], own: readonly OffTime[]): Promise<void> {
    await this.replace('off_times', (stored) => mergeOffTimes(stored ?? NO_OFF_TIMES, before, own));
  }

  /** Replaces a column by what `change` makes of it, in turn; undefined: nothing is written. @returns what was written */
  private async replace<Column extends 'settings' | 'off_times'>(
    column: Column,
    change: (before: Box[Column]) => NonNullable<Box[Column]> | undefined,
  ): Promise<NonNullable<Box[Column]> | undefined> {
    const client = await this.readers.connect();
    let hasEnded = false;
    try {
      await client.query('begin');
      const { rows } = await client.query<Box>(`select ${column} from box for update`);
      const value = change(rows[0]?.[column] ?? (null as Box[Column]));
      if (value) await client.query(`update box set ${column} = $1::json`, [JSON.stringify(value)]);
      await client.query('commit');
      hasEnded = true;
      return value;
    } catch (error) {
      hasEnded = await client.query('rollback').then(
        () => true,
        () => false,
      );
      throw error;
    } finally {
      client.release(!hasEnded);
    }
  }

  private wrote(part: Partial<Box>): void {
    this.writtenAt = performance.now();
    this.box = { ...this.box, ...part };
  }
}
