import type { Cipher, Sealed } from '../cipher/cipher.ts';
import { UNOPENABLE_KIDS } from '../cipher/keyring-guard.ts';
import type { SealedRow } from '../cipher/sealed-fields.ts';

export type Reseal = {
  /**
   * Seals those rows anew that an older key holds. @returns the new ciphertexts by the `content` of the old ones; none for
   * a row that does not open. @throws ApiError CIPHER_UNAVAILABLE, or the reason of the signal
   */
  (rows: SealedRow[]): Promise<Map<string, Sealed>>;
  /** How many rows have not opened so far. */
  unopened: number;
};

/** Seals rows anew with the data key `newest`. Once the signal is aborted it returns nothing that could be stored. */
export function createReseal(
  cipher: Pick<Cipher, 'resealMany'>,
  newest: string,
  signal: AbortSignal,
): Reseal {
  const reseal = async (rows: SealedRow[]) => {
    const old = rows.filter(
      ({ sealed: { kid, content } }) => content !== '' && kid !== newest && !UNOPENABLE_KIDS.includes(kid),
    );
    if (old.length === 0) return new Map<string, Sealed>();
    const fresh = await cipher.resealMany(old.map((row) => ({ ...row, isFileKey: row.isFileKey ?? false })));
    signal.throwIfAborted();
    const found = old.flatMap(({ sealed }, index) => {
      const one = fresh[index];
      return one ? [[sealed.content, one] as const] : [];
    });
    result.unopened += old.length - found.length;
    return new Map(found);
  };
  const result: Reseal = Object.assign(reseal, { unopened: 0 });
  return result;
}
