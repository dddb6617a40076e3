import { addressesOf } from './hosts.ts';

/** The codes of PostgreSQL (its manual, appendix A) and of Node that an operator can do something about. */
const CURES: Record<string, string> = {
  '28P01': 'it refused the password. Correct the password in DATABASE_URL.',
  '28000':
    'it does not let this user in. Correct the user in DATABASE_URL, or allow the user and this address in pg_hba.conf.',
  '3D000': 'it has no such database. Make it with createdb, or correct the name in DATABASE_URL.',
  '42501':
    'the user of DATABASE_URL lacks rights. Make the user the owner of the database: ALTER DATABASE … OWNER TO …, and grant CREATE and USAGE on its schema.',
  '25006':
    'it is a standby, which only reads. Name the primary in DATABASE_URL, or all hosts of which one is: host1:5432,host2:5432.',
  '42P07':
    'it holds tables of another program. Make a database for Bisik alone with createdb, and name that one in DATABASE_URL.',
  '55P03': 'another process uses it. Stop the cores that use it, and other copies into it.',
  '53100': 'its disk is full. Make room on the volume of the database, and start again.',
  '53300': 'it has no free connection. Raise max_connections, or run fewer cores.',
  '57014':
    'it did not answer in time: another process changes its tables, or copies a box into it. Start again when that is done.',
  '57P03': 'it is starting or stopping. Start again in a moment.',
  ECONNREFUSED: 'nothing listens there. Start PostgreSQL, or correct the host and the port in DATABASE_URL.',
  ENOENT: 'there is no such socket. Start PostgreSQL, or correct the host and the port in DATABASE_URL.',
  ENOTFOUND: 'no such host is known. Correct the host in DATABASE_URL.',
  EAI_AGAIN: 'the name of the host was not resolved. Correct the host in DATABASE_URL, or the DNS here.',
  ETIMEDOUT: 'the host does not answer. Correct the host in DATABASE_URL, or the firewall between them.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'its certificate is for another name. Write the name of the certificate as the host in DATABASE_URL.',
  SELF_SIGNED_CERT_IN_CHAIN: ownAuthority(),
  DEPTH_ZERO_SELF_SIGNED_CERT: ownAuthority(),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ownAuthority(),
  CERT_SIGNATURE_FAILURE: ownAuthority(),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ownAuthority(),
  CERT_HAS_EXPIRED: 'its certificate has expired. Renew it.',
};

function ownAuthority(): string {
  return 'its certificate is of an unknown authority. Add sslmode=verify-full and sslrootcert= with the file of its authority to DATABASE_URL.';
}

/** An error whose message is a sentence for the operator already. */
export class DatabaseError extends Error {
  override name = 'DatabaseError';
}

/** The database at this address, without user and password. */
export function placeOf(databaseUrl: string): string {
  const urls = addressesOf(databaseUrl).map((address) => URL.parse(address));
  const hosts = urls.map((url) => url?.searchParams.get('host') ?? url?.host);
  return `the database ${hosts.join(',')}${urls[0]?.pathname}`;
}

/** An error of the database at a start as a sentence that names the cure. It contains no password. */
export function startError(databaseUrl: string, error: unknown): Error {
  if (error instanceof DatabaseError) return error;
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const cure = CURES[code] ?? byMessage(message);
  const sentence = cure ?? `it answered: ${message.slice(0, 200)}. Its log may say more.`;
  return new DatabaseError(`DATABASE_URL: ${placeOf(databaseUrl)}: ${sentence}`, { cause: error });
}

/** The driver gives these errors no code. */
function byMessage(message: string): string | undefined {
  if (/does not support SSL/i.test(message))
    return 'it does not speak TLS. Switch ssl on there, or add sslmode=disable to DATABASE_URL if the network between them is private.';
  if (/timeout/i.test(message)) return CURES.ETIMEDOUT;
  if (/password must be a string|no password/i.test(message))
    return 'it wants a password. Add it to DATABASE_URL.';
  return undefined;
}

/** A failed write as an error of the disk where that is what it is: see refusalOf in writer.ts. */
export function writeError(error: unknown): unknown {
  const isFull = (error as { code?: string }).code === '53100';
  return isFull
    ? Object.assign(new Error('the disk of the database is full', { cause: error }), { code: 'ENOSPC' })
    : error;
}
