import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { StartRefused } from './errors.ts';

/** The only name that a client certificate may have. */
export const CLIENT_NAME = 'chat-core';

/** The name of this service in its certificate and in the bridge network. */
export const SERVER_NAME = 'cipher-service';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type Config = {
  /** 0 takes any free port. */
  port: number;
  host: string;
  /** Absolute path of the folder that holds `cipher/` and `core/`. */
  keysDir: string;
  /** The data folder of the core, for set-up to check whether there are data. The service itself does not use it. */
  dataDir: string | undefined;
  /** The file with the passphrase of the keyring, and whether it may be on the device of the keys. */
  passphraseFile: string | undefined;
  isSameDeviceAllowed: boolean;
  logLevel: (typeof LOG_LEVELS)[number];
};

/**
 * The settings of this service: CIPHER_PORT, CIPHER_HOST, KEYS_DIR, DATA_DIR, KEYRING_PASSPHRASE_FILE,
 * KEYRING_PASSPHRASE_SAME_DEVICE, LOG_LEVEL; an empty one counts as unset.
 * @throws StartRefused naming the variable whose value cannot be used
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return {
    port: readPort(env.CIPHER_PORT || '8443'),
    host: readHost(env.CIPHER_HOST || '127.0.0.1'),
    keysDir: readFolder(env.KEYS_DIR || './keys'),
    dataDir: env.DATA_DIR || undefined,
    passphraseFile: env.KEYRING_PASSPHRASE_FILE || undefined,
    isSameDeviceAllowed: readYes(env.KEYRING_PASSPHRASE_SAME_DEVICE || 'no'),
    logLevel: readLevel(env.LOG_LEVEL || 'info'),
  };
}

function readYes(value: string): boolean {
  if (value !== 'yes' && value !== 'no')
    throw new StartRefused('KEYRING_PASSPHRASE_SAME_DEVICE must be yes or no.');
  return value === 'yes';
}

function readPort(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : -1;
  if (port < 0 || port > 65_535) throw new StartRefused('CIPHER_PORT must be a port from 0 to 65535.');
  return port;
}

function readHost(value: string): string {
  const name = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;
  if (!isIP(value) && !name.test(value))
    throw new StartRefused('CIPHER_HOST must be an IP address or a host name.');
  return value;
}

function readFolder(value: string): string {
  if (value.trim() === '') throw new StartRefused('KEYS_DIR must name a folder.');
  return resolve(value);
}

function readLevel(value: string): Config['logLevel'] {
  const level = LOG_LEVELS.find((known) => known === value);
  if (level === undefined) throw new StartRefused(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}.`);
  return level;
}
