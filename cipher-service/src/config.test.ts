import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { StartRefused } from './errors.ts';

test.each([{}, { CIPHER_PORT: '', CIPHER_HOST: '', KEYS_DIR: '', LOG_LEVEL: '' }])(
  'absent or empty variables have their default values',
  (env) => {
    expect(readConfig(env)).toEqual({
      port: 8443,
      host: '127.0.0.1',
      keysDir: resolve('keys'),
      dataDir: undefined,
      passphraseFile: undefined,
      isSameDeviceAllowed: false,
      logLevel: 'info',
    });
  },
);

test('every variable is read', () => {
  const env = {
    CIPHER_PORT: '0',
    CIPHER_HOST: '::1',
    KEYS_DIR: '/srv/keys',
    DATA_DIR: '/srv/data',
    KEYRING_PASSPHRASE_FILE: '/media/usb/passphrase',
    KEYRING_PASSPHRASE_SAME_DEVICE: 'yes',
    LOG_LEVEL: 'silent',
  };
  expect(readConfig(env)).toEqual({
    port: 0,
    host: '::1',
    keysDir: '/srv/keys',
    dataDir: '/srv/data',
    passphraseFile: '/media/usb/passphrase',
    isSameDeviceAllowed: true,
    logLevel: 'silent',
  });
  expect(readConfig({ CIPHER_HOST: 'cipher-service' }).host).toBe('cipher-service');
});

test.each([
  ['CIPHER_PORT', [' ', '-1', '65536', '99999999', '8443x', '0x10', '1e3', '8443 ']],
  ['CIPHER_HOST', [' ', 'a b', 'http://localhost', '256.0.0.1:1', 'x'.repeat(254), '-a']],
  ['KEYS_DIR', ['  ']],
  ['KEYRING_PASSPHRASE_SAME_DEVICE', ['1', 'Yes', 'true']],
  ['LOG_LEVEL', ['INFO', 'verbose', '__proto__']],
])('an invalid value of %s is refused with the name of the variable', (name, values) => {
  for (const value of values) {
    expect(() => readConfig({ [name]: value }), value).toThrow(StartRefused);
    expect(() => readConfig({ [name]: value }), value).toThrow(new RegExp(`^${name} must`));
  }
});
