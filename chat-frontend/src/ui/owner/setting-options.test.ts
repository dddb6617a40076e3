import { expect, test } from 'vitest';
import { enOwner } from '../../i18n/en/owner.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import { deletesMessages, SETTINGS, settingLabel } from './setting-options.ts';

const { t } = createI18n('en', { ...en, ...enOwner });
const label = (name: keyof typeof SETTINGS, value: string | number) => settingLabel(t, 'en', name, value);

test('every choice of every setting has words of its own', () => {
  for (const [name, values] of Object.entries(SETTINGS)) {
    const labels = values.map((value) => label(name as keyof typeof SETTINGS, value));
    expect(labels.filter((text) => text.startsWith('setting.'))).toEqual([]);
    expect(new Set(labels).size).toBe(labels.length);
  }
});

test('minutes are shown as hours where they are whole hours, and megabytes in the unit that fits', () => {
  expect([15, 60, 90, 1_440].map((minutes) => label('editMinutes', minutes))).toEqual([
    '15 minutes',
    '1 hour',
    '90 minutes',
    '24 hours',
  ]);
  expect([label('quotaBoxMb', 0), label('quotaBoxMb', 8_192), label('maxFileMb', 25)]).toEqual([
    'No limit',
    '8 GB',
    '25 MB',
  ]);
});

test('a shorter retention deletes messages, a longer one or none does not, and what the environment says may', () => {
  const changes: [number, number | null][] = [
    [0, 7],
    [30, 7],
    [7, null],
    [7, 30],
    [7, 0],
    [7, 7],
  ];
  expect(changes.map(([before, after]) => deletesMessages('retentionDays', before, after))).toEqual([
    ...[true, true, true],
    ...[false, false, false],
  ]);
  expect(deletesMessages('editMinutes', 60, 5)).toBe(false);
});
