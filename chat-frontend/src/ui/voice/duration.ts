import type { I18n } from '../../i18n/i18n.ts';

const wholeSeconds = (ms: number) => Math.floor(ms / 1_000);

const twoDigits = (value: number) => String(value).padStart(2, '0');

/** A duration as minutes and seconds, from one hour on with hours: 0:12, 1:02:03. */
export function clockTime(ms: number): string {
  const seconds = wholeSeconds(ms);
  const minutes = Math.floor(seconds / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return `${hours > 0 ? `${hours}:${twoDigits(rest)}` : rest}:${twoDigits(seconds % 60)}`;
}

/** A duration in words, for assistive technology: 1 menit 5 detik. */
export function spokenTime({ t }: I18n, ms: number): string {
  const seconds = wholeSeconds(ms);
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  const parts = [
    minutes > 0 ? t('voice.minutes', { n: minutes }) : '',
    rest > 0 || minutes === 0 ? t('voice.seconds', { n: rest }) : '',
  ];
  return parts.filter(Boolean).join(' ');
}
