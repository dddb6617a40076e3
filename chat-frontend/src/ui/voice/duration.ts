import type { I18n } from '../../i18n/i18n.ts';

const wholeSeconds = (ms: number) => Math.floor(ms / 1_000);

/** A duration as minutes and seconds: 0:12. */
export function clockTime(ms: number): string {
  const seconds = wholeSeconds(ms);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
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
