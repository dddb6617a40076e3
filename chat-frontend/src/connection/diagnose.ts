import type { ConnectionStatus } from '../state/connection-status.ts';

/**
 * Passes on how things stand, and when nothing answered looks further first, which takes seconds: what is heard
 * meanwhile counts more.
 */
export function createDiagnosis(
  probe: () => Promise<ConnectionStatus>,
  tell: (link: ConnectionStatus) => void,
) {
  let heard = 0;
  let told: ConnectionStatus = 'ok';

  function pass(link: ConnectionStatus): void {
    told = link;
    tell(link);
  }

  return async function hear(link: ConnectionStatus): Promise<void> {
    heard += 1;
    const mine = heard;
    if (link !== 'unreachable') return pass(link);
    if (told === 'ok') pass(link);
    const seen = await probe();
    if (mine === heard) pass(seen);
  };
}
