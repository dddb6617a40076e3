import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { COMMANDS } from '../admin/admin.ts';
import { openAuditTrail } from '../audit/audit-trail.ts';
import type { Config } from '../config.ts';
import { sendControlRequest } from '../storage/lowdb/control-socket.ts';
import { readStorageKey } from '../storage/lowdb/storage-key.ts';

/**
 * Records that the operator ran a command, by its name alone, in the audit trail: by the chat-core that uses the folder,
 * which can write where the command only reads, else here. A trail that cannot be written fails no command.
 */
export async function recordCommand(
  { dataDir, keysDir }: Pick<Config, 'dataDir' | 'keysDir'>,
  name: string,
): Promise<void> {
  const command = COMMANDS.find((one) => one === name);
  if (command === undefined || !existsSync(join(dataDir, 'meta.json'))) return;
  const send = async () =>
    sendControlRequest({ folder: dataDir, key: readStorageKey(keysDir) }, { ask: 'ran', command });
  const response = await send().catch(() => undefined);
  if (response) return;
  const trail = openAuditTrail(dataDir);
  trail.append('operator', 'operator-command', { command });
  await trail.close();
}
