import { z } from 'zod';
import type { SecurityLog } from '../audit/security-log.ts';
import { ApiError } from '../errors.ts';
import { type Route, route } from '../http/route.ts';
import { Done } from '../wire/common.ts';
import { BackupState } from '../wire/owner.ts';
import type { Backups } from './backups.ts';

type Deps = { backups: Pick<Backups, 'backupState' | 'runBackup'>; securityLog: Pick<SecurityLog, 'record'> };

const owners = { who: 'user', rate: 'owners', priority: 'low', worksWhenFull: true } as const;

/** What owners see of the nightly backups, and how they start one. */
export function backupRoutes({ backups, securityLog }: Deps): Route[] {
  return [
    route({
      ...owners,
      method: 'get',
      path: '/owner/backups',
      summary: 'The nightly backups: the last one, its rehearsal, and when the next is due',
      answer: BackupState,
      errors: [],
      handle: async () => backups.backupState(),
    }),
    route({
      ...owners,
      method: 'post',
      path: '/owner/backups',
      summary: 'Start a backup and its rehearsal within half a minute, unless one runs; repeatable',
      body: z.strictObject({}),
      answer: Done,
      errors: ['BACKUPS_NOT_RUNNING'],
      example: {},
      handle: async (call) => {
        if (!backups.runBackup()) throw new ApiError('BACKUPS_NOT_RUNNING');
        securityLog.record('owner-command', {
          who: call.caller.userId,
          from: call.clientIp(),
          command: 'backup',
        });
        return { message: 'A backup starts within half a minute.' };
      },
    }),
  ];
}
