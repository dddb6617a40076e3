import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readConfig } from './config.ts';

it('the address of alerts and its file are refused together, as with every other setting', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'bisik-')), 'ntfy');
  writeFileSync(file, 'https://ntfy.example.org/rahasia\n');
  expect(readConfig({ ALERT_NTFY_URL_FILE: file }).watching.ntfyUrl).toBe('https://ntfy.example.org/rahasia');
  const both = { ALERT_NTFY_URL: 'https://ntfy.example.org/lain', ALERT_NTFY_URL_FILE: file };
  expect(() => readConfig(both)).toThrow('ALERT_NTFY_URL and ALERT_NTFY_URL_FILE are both set');
  writeFileSync(file, 'rahasia');
  expect(() => readConfig({ ALERT_NTFY_URL_FILE: file })).toThrow(/ALERT_NTFY_URL takes an address/);
});
