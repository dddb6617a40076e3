import { readFileSync } from 'node:fs';
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
const MAX_URL_BYTES = 2048;
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
  ALERT_NTFY_URL_FILE: z.string().optional(),
  ALERT_WEBHOOK_URL: address.optional(),
  ALERT_WEBHOOK_URL_FILE: z.string().optional(),
  TUNNEL_METRICS: address.optional(),
  FLASH_ENDURANCE_TB: z
    .string()
    .regex(/^\d{1,5}$/, 'takes a number of TB')
    .optional(),
};

const Variables = z.object(WATCHING_VARIABLES);

/** @throws Error with one sentence that names the variable at fault */
export function readWatchingSettings(is: z.output<typeof Variables>): WatchingSettings {
  return {
    metrics: is.METRICS_PORT === 'off' ? undefined : { port: Number(is.METRICS_PORT), host: is.METRICS_HOST },
    ntfyUrl: is.ALERT_NTFY_URL ?? readAddress('ALERT_NTFY_URL_FILE', is.ALERT_NTFY_URL_FILE),
    webhookUrl: is.ALERT_WEBHOOK_URL ?? readAddress('ALERT_WEBHOOK_URL_FILE', is.ALERT_WEBHOOK_URL_FILE),
    tunnelUrl: is.TUNNEL_METRICS,
    enduranceBytes: is.FLASH_ENDURANCE_TB === undefined ? undefined : Number(is.FLASH_ENDURANCE_TB) * TB,
  };
}

/** An address that is a secret: whoever knows it may send alerts, or read them. @throws Error without quoting the file */
function readAddress(variable: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8').slice(0, MAX_URL_BYTES).trim();
  } catch (error) {
    throw new Error(
      `The variable ${variable} names a file that cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
  if (!isHttp(text))
    throw new Error(`The variable ${variable} names a file without an http or https address.`);
  return text;
}
