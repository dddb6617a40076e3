import type {
  BoxStatus,
  ChangePerson,
  ChangeSettings,
  Done,
  Id,
  OwnerEvents,
  OwnerPeople,
  OwnerPerson,
  OwnerReports,
  OwnerSettings,
} from '../../../chat-core/src/wire/wire.ts';
import { type Http, readAnswer } from './http.ts';

export type BackupState = NonNullable<BoxStatus['backup']>;
/** A code by which a person sets a new password; `expiresAt` in epoch milliseconds. */
export type ResetCode = { code: string; expiresAt: number };
export type OwnerApi = ReturnType<typeof createOwnerApi>;

/** The calls of the owner's pages, loaded with them. Each may be repeated, and rejects with ApiError only. */
export function createOwnerApi({ get, post, patch, remove, request }: Http) {
  const person = (id: Id) => `/owner/people/${id}`;
  const proven = (ticket: string) => ({ headers: { 'Reauthentication-Ticket': ticket } });

  return {
    claim: (code: string) => post<Done>('/owner/claim', { code }),
    box: () => get<BoxStatus>('/owner/box'),
    people: (after?: string) => get<OwnerPeople>('/owner/people', after === undefined ? {} : { after }),
    /** A role, and the suspension of another owner, need a ticket. */
    changePerson: async (id: Id, body: ChangePerson, ticket?: string) =>
      ticket === undefined
        ? patch<OwnerPerson>(person(id), body)
        : readAnswer<OwnerPerson>(await request('PATCH', person(id), { ...proven(ticket), body })),
    makeOwner: async (id: Id, ticket: string) =>
      readAnswer<OwnerPerson>(
        await request('PATCH', person(id), { ...proven(ticket), body: { owner: true } }),
      ),
    endOwner: async (id: Id, ticket: string) =>
      readAnswer<OwnerPerson>(
        await request('PATCH', person(id), { ...proven(ticket), body: { owner: false } }),
      ),
    deletePerson: async (id: Id, ticket: string) =>
      readAnswer<Done>(await request('DELETE', person(id), proven(ticket))),
    /** An `attemptId` of the client makes it repeatable. That of an owner needs a ticket. */
    resetCode: async (id: Id, attemptId: Id, ticket?: string) =>
      readAnswer<ResetCode>(
        await request('POST', `${person(id)}/reset-code`, {
          ...(ticket === undefined ? {} : proven(ticket)),
          body: { attemptId },
        }),
      ),
    reports: () => get<OwnerReports>('/owner/reports'),
    clearReports: (id: Id) => remove<Done>(`/owner/reports/${id}`),
    audit: (before?: number) => get<OwnerEvents>('/owner/audit', before === undefined ? {} : { before }),
    settings: () => get<OwnerSettings>('/owner/settings'),
    changeSettings: (body: ChangeSettings) => patch<OwnerSettings>('/owner/settings', body),
    backups: () => get<BackupState>('/owner/backups'),
    startBackup: () => post<unknown>('/owner/backups', {}),
  };
}
