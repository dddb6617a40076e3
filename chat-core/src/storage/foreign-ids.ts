import { v5 } from 'uuid';
import type { Id } from '../wire/wire.ts';

const NAMESPACE = '7b3d1f52-90c4-4e0e-9d7e-51b8c1c0a2d4';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The value of a password hash that no password matches. */
export const NO_PASSWORD = '!';

/**
 * The id of a record that an import or a repair creates: a UUID in lower case, or else the name-based UUID (RFC 9562
 * §5.5) of the given id, which is the same each time, so that a second import recognises the record.
 */
export function toId(kind: string, given: string): Id {
  const id = given.toLowerCase();
  return UUID.test(id) ? id : v5(`${kind} ${given}`, NAMESPACE);
}
