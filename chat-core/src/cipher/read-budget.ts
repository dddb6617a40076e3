import type { Cipher } from './cipher.ts';

/** What opening a text costs besides its bytes: reading its row, one item of a call, and one of an answer. */
const ROW_BYTES = 512;

/**
 * A cipher that charges each account for what it has opened, in KiB, cached or not: reading and answering cost as much as
 * opening. The cost is known before anything is opened. `charge` throws when the account has used up its budget.
 */
export function meterReads(cipher: Cipher, charge: (accountId: string, kib: number) => void): Cipher {
  return {
    ...cipher,
    openMany: async (rows, requester) => {
      if (requester && rows.length > 0) {
        const bytes = rows.reduce((sum, { sealed }) => sum + ROW_BYTES + sealed.content.length, 0);
        charge(requester.accountId, bytes / 1024);
      }
      return cipher.openMany(rows, requester);
    },
  };
}
