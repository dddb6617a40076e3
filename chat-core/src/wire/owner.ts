import { z } from 'zod';
import { codeLike, Id, Time } from './common.ts';
import { EXAMPLE } from './examples.ts';

const Bytes = z.number().int().min(0);
const MAX_MB = 999_999_999;

/** A person, by the current username; of an account that no longer exists only the id. */
const Named = z.strictObject({ id: Id, username: z.string().exactOptional() });

/** The one-time code that chat-core prints at its start while no account is an owner. */
export const ClaimOwner = z.strictObject({ code: codeLike(EXAMPLE.ownerCode) });

export const OwnerPerson = z
  .strictObject({
    id: Id,
    username: z.string(),
    createdAt: Time.exactOptional(),
    lastSeenAt: Time.exactOptional(),
    suspended: z.literal(true).exactOptional(),
    owner: z.literal(true).exactOptional(),
    storedBytes: Bytes.meta({ description: 'the files of this person, in messages and unsent' }),
    quotaMb: Bytes.exactOptional().meta({ description: 'of this person alone, instead of the box’s' }),
  })
  .meta({ id: 'OwnerPerson' });
export type OwnerPerson = z.infer<typeof OwnerPerson>;

/** By username, folded; `next` goes into `after`. */
export const OwnerPeople = z.strictObject({
  people: z.array(OwnerPerson),
  next: z.string().exactOptional(),
});
export type OwnerPeople = z.infer<typeof OwnerPeople>;

/** Only the fields that are present change. */
export const ChangePerson = z.strictObject({
  suspended: z.boolean().exactOptional(),
  quotaMb: Bytes.max(MAX_MB).nullable().exactOptional().meta({ description: 'null: that of the box' }),
  owner: z.boolean().exactOptional(),
});
export type ChangePerson = z.infer<typeof ChangePerson>;

/** With an `attemptId`, the same request repeated returns the same code. */
export const NewResetCode = z.strictObject({
  removesSecondFactor: z.boolean().exactOptional(),
  attemptId: Id.exactOptional().meta({ example: EXAMPLE.attemptId }),
});
export const ResetCodeAnswer = z.strictObject({ code: z.string(), expiresAt: Time });

/** A report about a person; no text is shown. */
export const OwnerReport = z
  .strictObject({
    about: Named,
    by: Named,
    reason: z.enum(['spam', 'abuse', 'other']),
    at: Time,
    conversationId: Id.exactOptional(),
    seq: z.number().int().min(1).exactOptional(),
  })
  .meta({ id: 'OwnerReport' });
/** Oldest first. */
export const OwnerReports = z.strictObject({ reports: z.array(OwnerReport) });
export type OwnerReports = z.infer<typeof OwnerReports>;

/** A security event: `says` is its sentence; `who` did it and `about` whom. */
export const OwnerEvent = z
  .strictObject({
    at: Time,
    event: z.string(),
    says: z.string(),
    who: Named.exactOptional(),
    about: Named.exactOptional(),
    from: z.string().exactOptional().meta({ description: 'a network, as rate limits count it' }),
    command: z.string().exactOptional().meta({ description: 'what the operator or an owner did' }),
    code: z.string().exactOptional(),
    reason: z.string().exactOptional(),
    host: z.string().exactOptional(),
    suppressed: z.number().int().exactOptional().meta({ description: 'so many more were not stored' }),
  })
  .meta({ id: 'OwnerEvent' });
export type OwnerEvent = z.infer<typeof OwnerEvent>;

/** Newest first; `next` goes into `before`. */
export const OwnerEvents = z.strictObject({ events: z.array(OwnerEvent), next: Time.exactOptional() });
export type OwnerEvents = z.infer<typeof OwnerEvents>;

/** The settings that an owner can change while the box runs. Quotas in MB; a box quota of 0 is none. */
export const SETTINGS = {
  registration: z.enum(['open', 'invite', 'closed']),
  friendship: z.enum(['instant', 'request']),
  secondFactor: z.enum(['optional', 'owners', 'required']),
  editMinutes: z.number().int().min(0).max(99_999),
  /** 0: messages stay. */
  retentionDays: z.number().int().min(0).max(36_500),
  maxFileMb: z.number().int().min(0).max(2000),
  quotaPersonMb: z.number().int().min(0).max(MAX_MB),
  quotaBoxMb: z.number().int().min(0).max(MAX_MB),
};
/** What owners have set, without what is as the environment says. */
export const StoredSettings = z.strictObject(SETTINGS).partial();
export type StoredSettings = z.infer<typeof StoredSettings>;
export type SettingName = keyof typeof SETTINGS;

const setting = <T extends z.ZodType>(value: T) =>
  z.strictObject({
    value,
    byEnvironment: z
      .literal(true)
      .exactOptional()
      .meta({ description: 'no owner has set it: it is as the environment of the box says' }),
  });

export const OwnerSettings = z.strictObject({
  registration: setting(SETTINGS.registration),
  friendship: setting(SETTINGS.friendship),
  secondFactor: setting(SETTINGS.secondFactor),
  editMinutes: setting(SETTINGS.editMinutes),
  retentionDays: setting(SETTINGS.retentionDays),
  maxFileMb: setting(SETTINGS.maxFileMb),
  quotaPersonMb: setting(SETTINGS.quotaPersonMb),
  quotaBoxMb: setting(SETTINGS.quotaBoxMb),
});
export type OwnerSettings = z.infer<typeof OwnerSettings>;

/** Only the fields that are present change; null: as the environment says. */
export const ChangeSettings = z.strictObject({
  registration: SETTINGS.registration.nullable().exactOptional(),
  friendship: SETTINGS.friendship.nullable().exactOptional(),
  secondFactor: SETTINGS.secondFactor.nullable().exactOptional(),
  editMinutes: SETTINGS.editMinutes.nullable().exactOptional(),
  retentionDays: SETTINGS.retentionDays.nullable().exactOptional(),
  maxFileMb: SETTINGS.maxFileMb.nullable().exactOptional(),
  quotaPersonMb: SETTINGS.quotaPersonMb.nullable().exactOptional(),
  quotaBoxMb: SETTINGS.quotaBoxMb.nullable().exactOptional(),
});
export type ChangeSettings = z.infer<typeof ChangeSettings>;

/** Why a backup failed. SETTINGS_UNREADABLE: it succeeded without some settings; BACKUPS_STOPPED: their process does not report. */
export type BackupErrorCode =
  | 'TARGET_UNREACHABLE'
  | 'TARGET_REFUSED'
  | 'TARGET_MISSING'
  | 'TARGET_FULL'
  | 'TARGET_READ_ONLY'
  | 'TARGET_DAMAGED'
  | 'NO_RECOVERY_KEY'
  | 'NO_ROOM'
  | 'INTERRUPTED'
  | 'REHEARSAL_FAILED'
  | 'BACKUP_FAILED'
  | 'SETTINGS_UNREADABLE'
  | 'BACKUPS_STOPPED';

/** The backups of the box; absent fields are not known. `rehearsal` is that of the last backup, absent until it ends. */
export const BackupState = z
  .strictObject({
    target: z.string().exactOptional(),
    lastAt: Time.exactOptional(),
    lastBytes: Bytes.exactOptional(),
    rehearsedAt: Time.exactOptional(),
    rehearsal: z.enum(['ok', 'failed']).exactOptional(),
    ofDatabase: z.literal(true).exactOptional().meta({
      description: 'the data are in a database, which has backups of its own: nothing is known of them here',
    }),
    error: z.string().exactOptional(),
    next: Time.exactOptional(),
    attemptAt: Time.exactOptional().meta({
      description: 'when the last attempt began, also one that failed',
    }),
    running: z
      .literal(true)
      .exactOptional()
      .meta({ description: 'a backup, or its rehearsal, is on its way' }),
  })
  .meta({ id: 'BackupState' });

/** How the box is; absent fields are not known. */
export const BoxStatus = z
  .strictObject({
    version: z.string(),
    startedAt: Time,
    disk: z.strictObject({ freeBytes: Bytes, totalBytes: Bytes }),
    memory: z.strictObject({ rssBytes: Bytes, heapBytes: Bytes, heapLimitBytes: Bytes }),
    eventLoopDelayMs: z.strictObject({ p50: z.number(), p99: z.number() }).exactOptional(),
    writtenBytesPerDay: Bytes.exactOptional(),
    flashYears: z.number().exactOptional(),
    database: z
      .strictObject({ bytes: Bytes.exactOptional(), cores: Bytes.exactOptional() })
      .exactOptional()
      .meta({
        description:
          'the database that several cores share: its size, and how many use it now; disk, memory and load are of the one that answers',
      }),
    messagesPerDay: Bytes.exactOptional(),
    heldPolls: Bytes.exactOptional(),
    clock: z
      .strictObject({
        trusted: z.boolean(),
        offsetMs: z.number().exactOptional(),
        waiting: z.literal(true).exactOptional().meta({
          description:
            'it was off for longer than a day by its clock, which is not confirmed: nothing is removed or sent by that time yet',
        }),
      })
      .exactOptional(),
    cipher: z.strictObject({ reachable: z.boolean(), sinceMs: Bytes.exactOptional() }),
    tunnel: z.enum(['connected', 'away', 'none']).exactOptional(),
    certificateDaysLeft: z.number().exactOptional(),
    backup: BackupState.exactOptional(),
    alerts: z.array(z.strictObject({ code: z.string(), since: Time })),
  })
  .meta({ id: 'BoxStatus' });
export type BackupState = z.infer<typeof BackupState>;
export type BoxStatus = z.infer<typeof BoxStatus>;
