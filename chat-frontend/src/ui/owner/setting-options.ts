import type { SettingName } from '../../../../chat-core/src/wire/wire.ts';
import type { I18n } from '../../i18n/i18n.ts';
import type { Key } from '../../i18n/language.ts';
import { formatSize } from '../format-size.ts';

const MB = 1_048_576;

/** What each setting offers, in the order of the page. A value that is not among them is shown beside them. */
export const SETTINGS = {
  registration: ['open', 'invite', 'closed'],
  friendship: ['instant', 'request'],
  secondFactor: ['optional', 'owners', 'required'],
  editMinutes: [0, 5, 15, 60, 1_440, 2_880],
  retentionDays: [0, 7, 30, 90, 365, 1_095],
  maxFileMb: [0, 10, 25, 50, 100, 500],
  quotaPersonMb: [0, 100, 250, 500, 1_024, 2_048, 5_120, 10_240],
  quotaBoxMb: [0, 1_024, 2_048, 5_120, 10_240, 20_480, 51_200, 102_400],
} as const satisfies Record<SettingName, readonly (string | number)[]>;

/** A value of a setting in words: “Hanya dengan undangan”, “15 menit”, “1 GB”. */
export function settingLabel(
  t: I18n['t'],
  locale: string,
  name: SettingName,
  value: string | number,
): string {
  if (typeof value === 'string') return t(`setting.${name}.${value}` as Key);
  if (value === 0) return t(`setting.${name}.zero` as Key);
  if (name === 'retentionDays') return t('setting.retentionDays.value', { n: value });
  if (name !== 'editMinutes') return formatSize(value * MB, locale);
  return value % 60 === 0
    ? t('setting.editMinutes.hours', { n: value / 60 })
    : t('setting.editMinutes.value', { n: value });
}

/**
 * Whether a change lets the box delete messages that it keeps now. `after` is null for what the environment says, which no page
 * knows.
 */
export function deletesMessages(
  name: SettingName,
  before: string | number,
  after: string | number | null,
): boolean {
  if (name !== 'retentionDays' || after === 0) return false;
  return after === null || before === 0 || Number(after) < Number(before);
}
