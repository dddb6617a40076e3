import { groupNameBinding, profileTextsBinding } from '../cipher/binding.ts';
import { ApiError } from '../errors.ts';
import type { Store } from '../storage/store.ts';
import { messageBinding } from './binding.ts';
import type { Cipher, Context, Sealed } from './cipher.ts';

/** Key ids of rows that no keyring opens: lost, or imported without their key. */
export const UNOPENABLE_KIDS: readonly string[] = ['lost', 'legacy'];

const SAMPLE_ROWS = 16;
/** Minimum time between checks of a foreign keyring. */
const RECHECK_MS = 1000;

export type GuardedCipher = Cipher & {
  /** Whether the keyring opens what the store holds. @throws ApiError CIPHER_UNAVAILABLE */
  isOwnKeyring(): Promise<boolean>;
};

/**
 * A cipher that neither seals nor opens with the keyring of another installation: what it sealed would stay locked once
 * the right keyring is back. The keyring is checked before the first call, and again after cipher-service was unavailable
 * or seals with another key than before. `onForeign` is called each time a foreign keyring is found.
 */
export function guardKeyring(cipher: Cipher, store: Store, onForeign: () => void): GuardedCipher {
  /** The key with which our keyring seals, once it has been checked. */
  let ourKid: string | undefined;
  let foreignFoundAt = Number.NEGATIVE_INFINITY;
  let checking: Promise<boolean> | undefined;
  const probe = async () => (await cipher.seal('keyring', probeOf(store))).kid;

  const check = async (): Promise<boolean> => {
    const kid = await probe();
    ourKid = (await isSealedBy(kid, cipher, store)) ? kid : undefined;
    if (ourKid !== undefined) return true;
    foreignFoundAt = performance.now();
    onForeign();
    return false;
  };
  const isOwnKeyring = async (): Promise<boolean> => {
    if (ourKid !== undefined) return true;
    if (performance.now() - foreignFoundAt < RECHECK_MS) return false;
    checking ??= check().finally(() => {
      checking = undefined;
    });
    return checking;
  };
  const guarded = async <T>(call: () => Promise<T>): Promise<T> => {
    if (ourKid === undefined && !(await isOwnKeyring())) throw foreign();
    try {
      return await call();
    } catch (error) {
      // Without a cause the queue was full, and cipher-service was not unavailable.
      if ((error as Error).cause !== undefined) ourKid = undefined;
      throw error;
    }
  };
  /** What was sealed, if the keyring that sealed it is ours. */
  const sealedByUs = (seal: () => Promise<Sealed>) =>
    guarded(async () => {
      const sealed = await seal();
      if (sealed.kid === ourKid) return sealed;
      ourKid = undefined;
      if (!(await isOwnKeyring())) throw foreign();
      return sealed;
    });
  return {
    ...cipher,
    seal: (text, binding) => sealedByUs(() => cipher.seal(text, binding)),
    newFileKey: (binding) => sealedByUs(() => cipher.newFileKey(binding)),
    // The key that they need was wrapped by our keyring: with another one nothing is sealed.
    sealChunks: (chunks, plain) => guarded(() => cipher.sealChunks(chunks, plain)),
    openChunks: (chunks, sealed) => guarded(() => cipher.openChunks(chunks, sealed)),
    openMany: (rows, requester) =>
      rows.length === 0 ? Promise.resolve([]) : guarded(() => cipher.openMany(rows, requester)),
    resealMany: (rows) => guarded(() => cipher.resealMany(rows)),
    isUp: async () => {
      if (!(await cipher.isUp())) {
        ourKid = undefined;
        return false;
      }
      // It may have restarted with another keyring, with no write since.
      if (ourKid !== undefined && (await probe().catch(() => ourKid)) !== ourKid) ourKid = undefined;
      return isOwnKeyring().catch(() => false);
    },
    isOwnKeyring,
  };
}

const probeOf = ({ epoch }: Store): Context => ({ userId: epoch, field: 'keyring', edit: 0 });

function foreign(): ApiError {
  const cause = new Error('the keyring belongs to another server');
  return new ApiError('CIPHER_UNAVAILABLE', { retryAfter: 2, cause });
}

/**
 * Whether the keyring that seals with `kid` sealed the stored rows: some rows name that key, or one of several opens (a
 * single row may be damaged). True where no stored row was sealed by a keyring.
 */
async function isSealedBy(kid: string, cipher: Cipher, store: Store): Promise<boolean> {
  const rows = await sealedRows(store);
  if (rows.length === 0 || rows.some(({ sealed }) => sealed.kid === kid)) return true;
  return (await cipher.openMany(rows)).some((text) => text !== undefined);
}

async function sealedRows(store: Store): Promise<{ sealed: Sealed; binding: Context }[]> {
  const { messages, accounts, groups } = await store.sealedSample(SAMPLE_ROWS);
  const all = [
    ...messages.map((row) => ({
      sealed: { v: row.v, kid: row.kid, content: row.content },
      binding: messageBinding(row),
    })),
    ...accounts.flatMap(({ id, profile }) => {
      if (!profile?.texts) return [];
      const { edit, ...sealed } = profile.texts;
      return [{ sealed, binding: profileTextsBinding(id, edit) }];
    }),
    ...groups.map(({ id, group }) => {
      const { edit, ...sealed } = group.name;
      return { sealed, binding: groupNameBinding(id, edit) };
    }),
  ];
  return all.filter(({ sealed }) => sealed.content !== '' && !UNOPENABLE_KIDS.includes(sealed.kid));
}
