import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type AdminRequest, type AdminResponses, handleAdminRequest } from '../admin/admin.ts';
import { openAuditTrail } from '../audit/audit-trail.ts';
import type { Config } from '../config.ts';
import { openSettings } from '../settings.ts';
import { sendControlRequest } from '../storage/lowdb/control-socket.ts';
import { openLowdbStore } from '../storage/lowdb/lowdb-store.ts';
import { readStorageKey } from '../storage/lowdb/storage-key.ts';

/**
 * Sends a request to the chat-core that uses a folder; where none does, opens the database and handles it here.
 * @throws Error with one sentence when it is refused, or there is no database
 */
export async function sendAdminRequest<R extends AdminRequest>(
  config: Config,
  request: R,
): Promise<AdminResponses[R['ask']]> {
  const { dataDir, keysDir, shared } = config;
  if (!shared && !['meta.json', 'db.json'].some((name) => existsSync(join(dataDir, name))))
    throw new Error(`There is no database in ${dataDir}: start the box once, or set DATA_DIR.`);
  const key = readStorageKey(keysDir);
  const response = await sendControlRequest({ folder: dataDir, key }, request);
  if (response) return response.answer as AdminResponses[R['ask']];
  if (shared)
    throw new Error(
      `No chat-core uses ${dataDir}. With DATABASE_URL a command asks a running core: start it, or call the command where one runs.`,
    );
  const trail = openAuditTrail(dataDir);
  const store = await openLowdbStore(dataDir, { now: Date.now, key });
  try {
    const deps = { store, clock: store.time.now, settings: openSettings(config, store), trail };
    return (await handleAdminRequest(deps, request)) as AdminResponses[R['ask']];
  } finally {
    await store.close();
    await trail.close();
  }
}
