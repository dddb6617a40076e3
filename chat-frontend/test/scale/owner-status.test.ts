import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { startCores } from '../../../chat-core/test/support/cores.ts';
import { signUp } from '../../../chat-core/test/support/person.ts';
import { hasPostgres, startPostgres } from '../../../chat-core/test/support/postgres.ts';
import { openBrowser, PHONE, visitAs } from '../support/browser.ts';
import { misfits } from '../support/misfits.ts';
import { ownerCodeIn } from '../support/owner-answers.ts';
import { go } from '../support/page-actions.ts';

/** Where pictures go, if anywhere. */
const folder = process.env.SCALE_SCREENSHOTS;

describe.runIf(hasPostgres)('the owner’s pages of cores on a database', () => {
  it('say how large the database is, how many cores run and that its backups are its own, and nothing of a card', async () => {
    const postgres = await startPostgres();
    const cores = await startCores(await postgres.newDatabase());
    const browser = await openBrowser();
    try {
      const core = await cores.start({ FRONTEND_DIR: inject('pageDir') });
      await cores.start();
      const sari = await signUp(core.url, 'sari');
      await sari.post('/owner/claim', { code: ownerCodeIn(core.log()) });
      const { page, faults } = await visitAs(sari, browser, core.url, PHONE);
      const figure = (label: string) =>
        page
          .locator('.figure')
          .filter({ has: page.getByText(label, { exact: true }) })
          .locator('dd');

      await go(page, 'owner');
      await page.getByText('di mesin core ini').waitFor();
      expect(await figure('Basis data').textContent()).toMatch(/^\d+([.,]\d+)? MB$/);
      expect(await figure('Core yang berjalan').textContent()).toBe('2');
      expect(await figure('Cadangan').textContent()).toBe('Diurus oleh basis data');
      for (const label of ['Ditulis per hari', 'Umur kartu, kira-kira'])
        expect(await figure(label).count()).toBe(0);
      expect(await page.getByText('Belum ada cadangan otomatis').count()).toBe(0);
      expect(await misfits(page)).toEqual([]);
      if (folder) await page.screenshot({ path: join(folder, '4-owner.png'), fullPage: true });

      await go(page, 'owner/backups');
      await page.getByRole('heading', { name: 'Diurus oleh basis data' }).waitFor();
      expect(await page.getByRole('button', { name: 'Cadangkan sekarang' }).count()).toBe(0);
      if (folder) await page.screenshot({ path: join(folder, '5-backups.png'), fullPage: true });

      await postgres.kill();
      await go(page, 'owner');
      await page.getByText('di mesin core ini').waitFor();
      expect(await figure('Basis data').count()).toBe(0);
      expect(faults.filter((fault) => !fault.includes('503'))).toEqual([]);
    } finally {
      await browser.close();
      await cores.stop();
      await postgres.stop().catch(() => {});
    }
  });
});
