import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { pinnedTo } from '../../src/http/outbound.ts';

/**
 * Preloaded by `--import` into a core of its own process: pushes for the push service of a test (support/push-service.ts), at
 * the port PUSH_PORT of this machine, go there. NODE_EXTRA_CA_CERTS names its authority.
 */
const { Resolver } = process.getBuiltinModule('node:dns/promises');
const PUBLIC = '8.8.8.8';
const request = https.request as (...of: unknown[]) => ReturnType<typeof https.request>;

Resolver.prototype.resolve4 = (async () => [PUBLIC]) as never;
Resolver.prototype.resolve6 = (async () => []) as never;
https.request = ((options: https.RequestOptions, onResponse: unknown) =>
  options.host?.endsWith('.push.example.org')
    ? request(
        { ...options, host: 'localhost', port: process.env.PUSH_PORT, lookup: pinnedTo(['127.0.0.1']) },
        onResponse,
      )
    : request(options, onResponse)) as typeof https.request;
syncBuiltinESMExports();
