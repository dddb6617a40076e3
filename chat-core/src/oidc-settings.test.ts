import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { readOidcSecret } from './oidc-settings.ts';

const GOOGLE = {
  OIDC_ISSUER: 'https://accounts.google.com',
  OIDC_CLIENT_ID: '1234567890-abc.apps.googleusercontent.com',
  OIDC_CLIENT_SECRET_FILE: '/run/secrets/oidc',
  PUBLIC_URL: 'https://chat.example.org',
};
const LOCAL = 'http://127.0.0.1:9000';

describe('the settings of a login by a provider', () => {
  it('are none without variables, and have the defaults of the documentation', () => {
    expect(readConfig({ PUBLIC_URL: GOOGLE.PUBLIC_URL }).oidc).toBeUndefined();
    expect(readConfig(GOOGLE).oidc).toEqual({
      issuer: 'https://accounts.google.com',
      clientId: '1234567890-abc.apps.googleusercontent.com',
      secretFile: '/run/secrets/oidc',
      redirectUri: 'https://chat.example.org/api/auth/oidc/callback',
      name: 'accounts.google.com',
      isPrivate: false,
    });
    // Cognito names a path in its issuer.
    const issuer = 'https://cognito-idp.ap-southeast-1.amazonaws.com/ap-southeast-1_AbCdEfGhI';
    const redirectUri = 'https://api.example.org/auth/oidc/callback';
    const cognito = {
      ...GOOGLE,
      OIDC_ISSUER: issuer,
      OIDC_REDIRECT_URI: redirectUri,
      OIDC_NAME: ' Sekolah ',
    };
    expect(readConfig(cognito).oidc).toMatchObject({ issuer, redirectUri, name: 'Sekolah' });
    const local = {
      ...GOOGLE,
      OIDC_ISSUER: LOCAL,
      OIDC_HOST: 'private',
      PUBLIC_URL: 'http://localhost:8080',
    };
    expect(readConfig(local).oidc).toMatchObject({ issuer: LOCAL, isPrivate: true });
  });

  it.each<[string, string]>([
    ['OIDC_ISSUER', 'accounts.google.com'],
    ['OIDC_ISSUER', 'http://accounts.google.com'],
    ['OIDC_ISSUER', 'http://127.0.0.1.example.org'],
    ['OIDC_ISSUER', LOCAL],
    ['OIDC_ISSUER', 'https://'],
    ['OIDC_ISSUER', 'https://accounts.google.com?tenant=1'],
    ['OIDC_ISSUER', 'https://accounts.google.com/#a'],
    ['OIDC_ISSUER', 'https://box:secret@accounts.google.com'],
    ['OIDC_ISSUER', 'https://accounts.google.com https://id.example.org'],
    ['OIDC_ISSUER', 'ftp://accounts.google.com'],
    ['OIDC_CLIENT_ID', 'two words'],
    ['OIDC_CLIENT_ID', 'with-a-line\n'],
    ['OIDC_CLIENT_ID', 'é'],
    ['OIDC_CLIENT_ID', 'x'.repeat(1025)],
    ['OIDC_REDIRECT_URI', 'https://chat.example.org'],
    ['OIDC_REDIRECT_URI', 'https://chat.example.org/api/auth/oidc/login'],
    ['OIDC_REDIRECT_URI', 'http://chat.example.org/api/auth/oidc/callback'],
    ['OIDC_REDIRECT_URI', 'https://chat.example.org/api/auth/oidc/callback?next=1'],
    ['OIDC_REDIRECT_URI', '/api/auth/oidc/callback'],
    ['OIDC_NAME', ' '],
    ['OIDC_NAME', 'x'.repeat(41)],
    ['OIDC_NAME', 'Goo\u202egle'],
    ['OIDC_NAME', 'Goo\ngle'],
    ['OIDC_HOST', 'localhost'],
    ['OIDC_HOST', 'PRIVATE'],
    ['PUBLIC_URL', 'http://192.168.1.5:8080'],
  ])('with %s=%j are refused in a sentence that names the variable', (name, value) => {
    expect(() => readConfig({ ...GOOGLE, [name]: value })).toThrow(
      new RegExp(`^The variable ${name} .*\\.$`),
    );
  });

  it.each(['OIDC_ISSUER', 'OIDC_CLIENT_ID', 'OIDC_CLIENT_SECRET_FILE', 'PUBLIC_URL'])(
    'without %s are refused in a sentence that says that it is needed',
    (name) => {
      for (const value of [undefined, ''])
        expect(() => readConfig({ ...GOOGLE, [name]: value })).toThrow(
          new RegExp(`^The variable .*${name}.* is needed with \\w+\\.$`),
        );
    },
  );
});

describe('the file with the secret of a provider', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bisik-oidc-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const secretIn = (content: string | Buffer) => {
    const secretFile = join(folder, 'secret');
    writeFileSync(secretFile, content);
    return readOidcSecret({ secretFile });
  };

  it('may end in a line break, and is read anew each time', () => {
    expect(secretIn('first of two\r\n')).toBe('first of two');
    expect(secretIn('second')).toBe('second');
  });

  it.each([
    ['empty', ''],
    ['blank', ' \n'],
    ['of two lines', 'one\ntwo\n'],
    ['binary', Buffer.from([0, 1, 2, 255])],
    ['too large to be one', 'x'.repeat(4097)],
  ])('is refused in a sentence that names variable and file when it is %s', (_, content) => {
    const sentence = /^The variable OIDC_CLIENT_SECRET_FILE: .*secret (must hold|has more).*\.$/;
    expect(() => secretIn(content)).toThrow(sentence);
  });

  it.each(['is-not-there', '.'])('is refused in the same way when it cannot be read: %s', (name) => {
    expect(() => readOidcSecret({ secretFile: join(folder, name) })).toThrow(
      /^The variable OIDC_CLIENT_SECRET_FILE: .* cannot be read\.$/,
    );
  });
});
