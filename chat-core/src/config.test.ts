import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';

describe('configuration', () => {
  it('the configuration has the defaults of design §3', () => {
    expect(readConfig({})).toMatchObject({
      port: 8080,
      host: '127.0.0.1',
      cipherUrl: 'https://127.0.0.1:8443',
      dataDir: './data',
      keysDir: './keys',
      frontendDir: undefined,
      registration: 'open',
      friendship: 'instant',
      secondFactor: 'optional',
      apiDocs: true,
      plaintextCache: true,
      logLevel: 'info',
    });
    expect(readConfig({}).rates).toMatchObject({
      registrations: { count: 30, seconds: 3600 },
      logins: { count: 60, seconds: 600 },
    });
  });

  it.each([
    ['PORT', '80 80'],
    ['PORT', '70000'],
    ['PORT', '-1'],
    ['PORT', '8080.5'],
    ['CIPHER_PORT', 'x'],
    ['CIPHER_URL', 'http://cipher-service:8443'],
    ['CORS_ORIGINS', 'https://chat.example.org/page'],
    ['CORS_ORIGINS', 'https://chat.example.org, ftp://chat.example.org'],
    ['CORS_ORIGINS', '*'],
    ['TRUSTED_PROXIES', '10.0.0.1'],
    ['TRUSTED_PROXIES', '10.0.0.1/33'],
    ['TRUSTED_PROXIES', '10.0.0.1/32=X-Real-IP'],
    ['TRUSTED_PROXIES', '10.0.0.1/32=Forwarded=Forwarded'],
    ['TRUSTED_PROXIES', '10.0.0.1/32='],
    ['CLIENT_IP_HEADER', 'X-Real-IP'],
    ['REGISTRATION', 'friends'],
    ['SECOND_FACTOR', 'admins'],
    ['PUBLIC_URL', 'chat.example.org'],
    ['PUBLIC_URL', 'https://chat.example.org/#/'],
    ['PUBLIC_URL', 'https://chat.example.org/chat'],
    ['PUBLIC_URL', 'https://ani:pw@chat.example.org'],
    ['PUBLIC_URL', 'https://'],
    ['EDIT_MINUTES', 'soon'],
    ['FRIENDSHIP', 'ask'],
    ['RATE_LIMITS', 'maybe'],
    ['RATE_LIMITS', 'logins=0/60'],
    ['RATE_LIMITS', 'constructor=1/60'],
    ['API_DOCS', 'yes'],
    ['PLAINTEXT_CACHE', 'yes'],
    ['EDIT_MINUTES', 'soon'],
    ['LOG_LEVEL', 'loud'],
    ['MAX_HELD_POLLS', '5000'],
    ['PUSH_HOSTS', 'https://push.example.org'],
    ['PUSH_HOSTS', 'localhost'],
    ['PUSH_HOSTS', 'known,*'],
    ['PUSH_HOSTS', 'any,known'],
    ['SESSION_DAYS', '0'],
    ['SESSION_DAYS', '366'],
    ['SESSION_DAYS', '1.5'],
    ['SESSION_DAYS', 'forever'],
    ['MAX_HELD_POLLS', 'many'],
    ['DRAIN_SECONDS', '301'],
  ])('the configuration %s=%s is refused in a sentence that names the variable', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^The variable ${name}\\b.* .*\\.$`));
  });

  it('a core drains before it stops where it shares a database, and stops at once where it is alone', () => {
    expect(readConfig({}).drainMs).toBe(0);
    expect(readConfig({ DATABASE_URL: 'postgres://db/bisik' }).drainMs).toBe(10_000);
    expect(readConfig({ DRAIN_SECONDS: '3' }).drainMs).toBe(3000);
  });

  it('without PUSH_HOSTS the services of the browsers are allowed, and every public host only by name of any', () => {
    expect(readConfig({}).pushHosts).toEqual(['known']);
    expect(readConfig({ PUSH_HOSTS: '' }).pushHosts).toEqual(['known']);
    expect(readConfig({ PUSH_HOSTS: 'push.example.org' }).pushHosts).toEqual(['push.example.org']);
    expect(readConfig({ PUSH_HOSTS: 'any' }).pushHosts).toEqual([]);
  });

  it('cipher-service is reached where it listens, without a host name that a machine may lack', () => {
    const urlOf = (env: Record<string, string>) => readConfig({ CIPHER_PORT: '9', ...env }).cipherUrl;
    expect(urlOf({})).toBe('https://127.0.0.1:9');
    expect(urlOf({ CIPHER_HOST: '::1' })).toBe('https://[::1]:9');
    expect(urlOf({ CIPHER_HOST: '0.0.0.0' })).toBe('https://127.0.0.1:9');
    expect(urlOf({ CIPHER_HOST: '::' })).toBe('https://[::1]:9');
    expect(urlOf({ CIPHER_HOST: '192.168.1.7' })).toBe('https://192.168.1.7:9');
    expect(urlOf({ CIPHER_HOST: 'cipher.lan' })).toBe('https://cipher.lan:9');
    expect(urlOf({ CIPHER_HOST: '::1', CIPHER_URL: 'https://cipher-service:8443' })).toBe(
      'https://cipher-service:8443',
    );
  });

  it('the address of a page is accepted as a browser shows it, with a slash at its end or in capitals', () => {
    const config = readConfig({
      PUBLIC_URL: 'https://Chat.Example.org/',
      CORS_ORIGINS: 'https://a.example.org/, https://b.example.org:443, http://[::1]:80/',
    });
    expect(config.publicUrl).toBe('https://chat.example.org');
    expect([...config.corsOrigins]).toEqual([
      'https://a.example.org',
      'https://b.example.org',
      'http://[::1]',
    ]);
  });

  it('friendship may be by request', () => {
    expect(readConfig({ FRIENDSHIP: 'request' }).friendship).toBe('request');
  });

  it('lists and limits are parsed, and an empty variable counts as unset', () => {
    const config = readConfig({
      CORS_ORIGINS: 'https://a.example.org, http://b.example.org:8081',
      TRUSTED_PROXIES: '172.30.0.2/32,fd00::/8=x-forwarded-for',
      RATE_LIMITS: 'logins=5/60',
      PORT: '',
      CIPHER_PORT: '9',
    });
    expect([...config.corsOrigins]).toEqual(['https://a.example.org', 'http://b.example.org:8081']);
    expect(config.trustedProxies).toEqual([
      { network: '172.30.0.2/32', header: 'CF-Connecting-IP' },
      { network: 'fd00::/8', header: 'X-Forwarded-For' },
    ]);
    expect(config.rates).toMatchObject({ logins: { count: 5, seconds: 60 }, sends: { count: 240 } });
    expect(config).toMatchObject({ port: 8080, cipherUrl: 'https://127.0.0.1:9' });
    expect(readConfig({ RATE_LIMITS: 'off' }).rates).toBeUndefined();
  });

  describe('the place of files that cores share', () => {
    const database = { DATABASE_URL: 'postgres://db/bisik' };
    const key = { FILES_S3_KEY_ID: 'KEYID', FILES_S3_SECRET: 'of it' };
    const files = (env: Record<string, string>) => readConfig({ ...database, ...env }).shared?.files;

    it('is a folder, by default in DATA_DIR, or a bucket, by default of AWS', () => {
      expect(files({ DATA_DIR: '/data' })).toEqual({ folder: '/data/attachments' });
      expect(files({ FILES_DIR: '/files' })).toEqual({ folder: '/files' });
      expect(files({ FILES_URL: 's3://family/box/one/', ...key })).toEqual({
        bucket: {
          bucket: 'family',
          prefix: 'box/one',
          endpoint: 'https://s3.us-east-1.amazonaws.com',
          region: 'us-east-1',
          keyId: 'KEYID',
          secret: 'of it',
        },
      });
      const elsewhere = { FILES_S3_ENDPOINT: 'http://minio:9000', FILES_S3_REGION: 'garage' };
      expect(files({ FILES_URL: 's3://family', ...key, ...elsewhere })).toMatchObject({
        bucket: { prefix: '', endpoint: 'http://minio:9000', region: 'garage' },
      });
    });

    it.each([
      [{ FILES_URL: 'https://family' }, 'FILES_URL takes s3://bucket/prefix'],
      [{ FILES_URL: 's3://family' }, 'set FILES_S3_KEY_ID_FILE and FILES_S3_SECRET_FILE too'],
      [{ FILES_URL: 's3://family', ...key, FILES_DIR: '/files' }, 'FILES_URL and FILES_DIR are both set'],
      [{ FILES_URL: 's3://family', ...key, DATABASE_URL: '' }, 'FILES_URL needs DATABASE_URL: with LowDB'],
      [{ FILES_S3_ENDPOINT: 'minio:9000' }, 'FILES_S3_ENDPOINT takes an http(s) address'],
      [{ FILES_S3_REGION: 'a region' }, 'FILES_S3_REGION takes a name'],
    ])('%j is refused with a sentence', (env, sentence) => {
      expect(() => files(env as Record<string, string>)).toThrow(sentence);
    });
  });
});
