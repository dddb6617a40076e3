import { type AuditTrail, openAuditTrail } from './audit/audit-trail.ts';
import { createSecurityLog, type SecurityLog } from './audit/security-log.ts';
import type { Log } from './log.ts';

/** Opens the log of security events of a box, with its audit trail in DATA_DIR. `close` records the stop. */
export function openSecurityLog(
  dataDir: string,
  log: Log,
): { securityLog: SecurityLog; trail: AuditTrail; close: () => Promise<void> } {
  const trail = openAuditTrail(dataDir, (error) =>
    log.error({ err: error }, 'the audit trail cannot be written'),
  );
  const securityLog = createSecurityLog(log, trail);
  const close = () => {
    securityLog.record('stopped');
    securityLog.close();
    return trail.close();
  };
  return { securityLog, trail, close };
}
