import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { readSettings } from './setting-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bisik-settings-'));
});
afterEach(() => rmSync(folder, { recursive: true }));
const put = (name: string, text: string) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

it('every setting may come from a file, as a secret of Docker or systemd does', () => {
  const PUSH_CONTACT_FILE = put('contact', 'mailto:ani@example.org\n');
  const REGISTRATION_FILE = put('registration', 'closed\r\n');
  const config = readConfig({ PUSH_CONTACT_FILE, REGISTRATION_FILE, PUSH_CONTACT: '' });
  expect(config).toMatchObject({ pushContact: 'mailto:ani@example.org', registration: 'closed' });
});

it('the addresses that alerts go to may come from files, alone or both', () => {
  const ALERT_NTFY_URL_FILE = put('ntfy', 'https://ntfy.example.org/nama-acak\n');
  const ALERT_WEBHOOK_URL_FILE = put('webhook', 'https://hook.example.org/a?b=c');
  const both = readConfig({ ALERT_NTFY_URL_FILE, ALERT_NTFY_URL: '', ALERT_WEBHOOK_URL_FILE }).watching;
  expect([both.ntfyUrl, both.webhookUrl]).toEqual([
    'https://ntfy.example.org/nama-acak',
    'https://hook.example.org/a?b=c',
  ]);
  expect(readConfig({ ALERT_WEBHOOK_URL_FILE }).watching.ntfyUrl).toBeUndefined();
  const wrong = put('wrong', 'ntfy.example.org/rahasia');
  expect(() => readConfig({ ALERT_NTFY_URL_FILE: wrong })).toThrow(
    /^(?!.*rahasia).*ALERT_NTFY_URL takes an address/s,
  );
});

it('a setting that is a file keeps its meaning', () => {
  const file = put('secret', 'text of the secret');
  expect(readSettings({ A_FILE: file, A_FILE_FILE: '' }, ['A', 'A_FILE'])).toEqual({ A_FILE: file });
});

it('a setting and its file together are refused', () => {
  const env = { PUSH_CONTACT: 'mailto:a@example.org', PUSH_CONTACT_FILE: put('a', 'mailto:b@example.org') };
  expect(() => readConfig(env)).toThrow('The variables PUSH_CONTACT and PUSH_CONTACT_FILE are both set.');
});

it('a file that is missing, empty, long or not one line is named, and its content is not', () => {
  const refused = (file: string) => {
    try {
      readSettings({ A_FILE: file }, ['A']);
    } catch (error) {
      return (error as Error).message;
    }
    return 'accepted';
  };
  expect(refused(join(folder, 'none'))).toMatch(/^The variable A_FILE: .*none cannot be read\.$/);
  expect(refused(folder)).toMatch(/cannot be read\.$/);
  for (const text of ['', ' \n', 'geheim\ngeheim', 'geheim\0'])
    expect(refused(put('odd', text))).toMatch(/^The variable A_FILE: .*odd must hold one line of text\.$/);
  expect(refused(put('odd', 'geheim'.repeat(1000)))).toMatch(/odd has more than 4096 bytes\.$/);
});

it('a wrong value from a file is refused by the name of the setting', () => {
  expect(() => readConfig({ REGISTRATION_FILE: put('registration', 'geheim') })).toThrow(
    'The variable REGISTRATION knows only open, invite, closed in this version.',
  );
});
