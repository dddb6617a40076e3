import { v5 } from 'uuid';
import type { Id } from '../wire/wire.ts';

const NAMESPACE = '7b3d1f52-90c4-4e0e-9d7e-51b8c1c0a2d4';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Stands in place of a password hash: no password matches it. */
export const NO_PASSWORD = '!';

/**
 * The id of a record that an import or a repair creates. A UUID stays itself, in lower case; anything else becomes the
 * same name-based UUID each time (RFC 9562 §5.5), so that a second import recognises the record.
 */
export function toId(kind: string, given: string): Id {
  const id = given.toLowerCase();
  return UUID.test(id) ? id : v5(`${kind} ${given}`, NAMESPACE);
}
