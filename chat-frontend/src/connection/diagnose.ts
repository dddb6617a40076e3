import type { ConnectionStatus } from '../state/connection-status.ts';

/**
 * Reports the connection status; when the server is unreachable, probes for the reason, which takes seconds. A status
 * that arrives meanwhile supersedes the probe.
 */
export function createDiagnosis(
  probe: () => Promise<ConnectionStatus>,
  report: (status: ConnectionStatus) => void,
) {
  let updates = 0;
  let reported: ConnectionStatus = 'ok';

  function pass(status: ConnectionStatus): void {
    reported = status;
    report(status);
  }

  return async function update(status: ConnectionStatus): Promise<void> {
    updates += 1;
    const current = updates;
    if (status !== 'unreachable') return pass(status);
    if (reported === 'ok') pass(status);
    const probed = await probe();
    if (current === updates) pass(probed);
  };
}
