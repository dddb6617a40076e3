import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { contentDisposition } from '../attachments/disposition.ts';
import { requireSignature, requireUnexpired, signFields } from '../attachments/signed-address.ts';
import type { Transfers } from '../attachments/transfers.ts';
import type { Cipher } from '../cipher/cipher.ts';
import { ApiError } from '../errors.ts';
import { createGroups } from '../groups/group-info.ts';
import { ByteAnswer, StreamedBytes } from '../http/byte-answer.ts';
import type { RateLimiter } from '../http/limiter.ts';
import { type Route, route } from '../http/route.ts';
import { createProfiles } from '../people/public-profile.ts';
import type { Store } from '../storage/store.ts';
import { FileAddress } from '../wire/attachments.ts';
import { AddressQuery } from '../wire/downloads.ts';
import { isoTime } from './account-parts.ts';
import { exportFiles } from './export.ts';
import { ExportSlot } from './export-slot.ts';
import { zip } from './zip.ts';

/** `cipher` neither caches nor charges: an export opens far more than a person reads. `addressKey` signs its addresses. */
type Deps = {
  store: Store;
  cipher: Cipher;
  transfers: Transfers;
  limits: RateLimiter;
  addressKey: KeyObject;
};

const SUBJECT = ['export'];

/** The export of all that a person may read. A browser stores it from a signed address, so that its page holds no byte of it. */
export function exportRoutes({ store, cipher, transfers, limits, addressKey }: Deps): Route[] {
  const slot = new ExportSlot();
  const addresses = { store, key: addressKey };
  const profiles = createProfiles(store, cipher, false);
  const deps = { store, cipher, profiles, groups: createGroups({ store, cipher, profiles }, false) };
  return [
    route({
      method: 'post',
      path: '/me/export',
      worksWhenFull: true,
      summary: 'An address of an export of your data that needs no token, for five minutes',
      who: 'user',
      rate: 'profiles',
      priority: 'low',
      body: z.strictObject({}),
      answer: FileAddress,
      errors: [],
      example: {},
      handle: async ({ caller }) => {
        limits.check('exports', caller.userId);
        slot.requireFree();
        const { query, expiresAt } = signFields(addresses, caller, SUBJECT);
        return { path: `/me/export?${query}`, expiresAt };
      },
    }),
    route({
      method: 'get',
      path: '/me/export',
      summary: 'All that you may read, as a zip, by a signed address',
      who: 'anyone',
      priority: 'low',
      query: AddressQuery,
      answer: StreamedBytes,
      errors: ['ADDRESS_EXPIRED', 'CIPHER_UNAVAILABLE'],
      handle: async ({ query, signal: clientSignal }) => {
        requireSignature(addresses, SUBJECT, query);
        requireUnexpired(addresses, query);
        const { person } = query;
        const release = slot.take();
        try {
          limits.consume('exports', person);
          const transfer = transfers.begin(person);
          const checkpoint = async () => {
            // An address may expire while its bytes are sent, but not be revoked.
            requireSignature(addresses, SUBJECT, query);
            if (clientSignal.aborted) throw new ApiError('MALFORMED_REQUEST');
            transfer.progress();
            // Other requests have their turns.
            await new Promise((resolve) => setImmediate(resolve));
          };
          const at = new Date(store.time.wall());
          return new ByteAnswer({
            size: undefined,
            etag: undefined,
            headers: {
              'Content-Type': 'application/zip',
              'Content-Disposition': contentDisposition(
                'attachment',
                `bisik-${isoTime(+at).slice(0, 10)}.zip`,
              ),
              'X-Content-Type-Options': 'nosniff',
              'Content-Security-Policy': "sandbox; default-src 'none'; frame-ancestors 'none'",
              'Referrer-Policy': 'no-referrer',
            },
            read: () => zip(exportFiles(deps, person, checkpoint, clientSignal), at),
            signal: transfer.signal,
            onProgress: () => transfer.progress(),
            close: () => {
              transfer.end();
              release();
            },
          });
        } catch (error) {
          release();
          throw error;
        }
      },
    }),
  ];
}
