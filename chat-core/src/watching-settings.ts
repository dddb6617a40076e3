import { z } from 'zod';

/** How the owner watches this box (docs/monitoring.md). */
export type WatchingSettings = {
  /** Where the figures for Prometheus are served; undefined: nowhere. */
  metrics: { port: number; host: string } | undefined;
  /** Where alerts go besides Web Push; undefined: nowhere. */
  ntfyUrl: string | undefined;
  webhookUrl: string | undefined;
  /** The address of cloudflared's own metrics. */
  tunnelUrl: string | undefined;
  /** Bytes that the card or disk of this box may take in its life; undefined: estimated by its size. */
  enduranceBytes: number | undefined;
};

const TB = 1e12;
const isHttp = (text: string) => /^https?:$/.test(URL.parse(text)?.protocol ?? '');
const address = z.string().refine(isHttp, 'takes an address such as https://ntfy.example.org/box');

/** The variables, each by itself. */
export const WATCHING_VARIABLES = {
  METRICS_PORT: z
    .string()
    .regex(/^(off|\d{1,5})$/, 'takes off or a port')
    .refine((text) => text === 'off' || Number(text) <= 65_535, 'takes off or a port')
    .default('off'),
  METRICS_HOST: z.string().min(1, 'is empty').default('127.0.0.1'),
  ALERT_NTFY_URL: address.optional(),
  ALERT_WEBHOOK_URL: address.optional(),
  TUNNEL_METRICS: address.optional(),
  FLASH_ENDURANCE_TB: z
    .string()
    .regex(/^\d{1,5}$/, 'takes a number of TB')
    .optional(),
};

const Variables = z.object(WATCHING_VARIABLES);

export function readWatchingSettings(is: z.output<typeof Variables>): WatchingSettings {
  return {
    metrics: is.METRICS_PORT === 'off' ? undefined : { port: Number(is.METRICS_PORT), host: is.METRICS_HOST },
    ntfyUrl: is.ALERT_NTFY_URL,
    webhookUrl: is.ALERT_WEBHOOK_URL,
    tunnelUrl: is.TUNNEL_METRICS,
    enduranceBytes: is.FLASH_ENDURANCE_TB === undefined ? undefined : Number(is.FLASH_ENDURANCE_TB) * TB,
  };
}
