import type { Pool } from 'pg';
import type { StoredSettings } from '../../wire/wire.ts';
import type { Box } from './load-replica.ts';

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
    const client = await this.readers.connect();
    let hasEnded = false;
    try {
      await client.query('begin');
      const { rows } = await client.query<Box>('select settings from box for update');
      const settings = change(rows[0]?.settings ?? {});
      if (settings) await client.query('update box set settings = $1::json', [JSON.stringify(settings)]);
      await client.query('commit');
      hasEnded = true;
      if (settings) this.wrote({ settings });
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
