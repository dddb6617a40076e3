import { codeOf, hashCode, spell } from '../codes.ts';
import type { StoredSecondFactor } from '../storage/store.ts';
import type { Tickets } from './tickets.ts';

const COUNT = 10;
/** 128 bits (OWASP ASVS 5.0 11.5.1): a hash without salt gives none away (6.5.2 asks for 112). */
const BYTES = 16;

/** A new set of recovery codes, each for one login, and what is stored of them. The same ticket makes the same set. */
export function createRecoveryCodes(
  tickets: Tickets,
  ticket: string,
): { codes: string[]; stored: StoredSecondFactor['recovery'] } {
  const codes = Array.from({ length: COUNT }, (_, index) =>
    codeOf(tickets.derive(ticket, `recovery code ${index}`, BYTES)),
  );
  const id = tickets.derive(ticket, 'id', 16).toString('base64url');
  return { codes: codes.map(spell), stored: { id, hashes: codes.map(hashOfRecoveryCode) } };
}

/** The same however the code is typed. */
export function hashOfRecoveryCode(typed: string): string {
  return hashCode('recovery', typed);
}
