import type {
  AddPasskey,
  ConfirmTotp,
  Done,
  Id,
  PasskeyCreation,
  PasskeyRequest,
  Reauthenticate,
  ReauthenticateAnswer,
  RecoveryCodesAnswer,
  RemovePasskey,
  RenamePasskey,
  SecondFactorState,
  TotpSecret,
} from '../../../chat-core/src/wire/wire.ts';
import { type Http, readAnswer } from './http.ts';

export type SecurityApi = ReturnType<typeof createSecurityApi>;

/** The calls about how one logs in, loaded with their screen. Each may be repeated, and rejects with ApiError only. */
export function createSecurityApi({ get, post, request }: Http) {
  return {
    state: () => get<SecondFactorState>('/auth/second-factor'),
    reauthenticate: (body: Reauthenticate) => post<ReauthenticateAnswer>('/auth/reauthenticate', body),
    /** Ends the session of another device. */
    endDevice: async (id: Id, ticket: string) => {
      const headers = { 'Reauthentication-Ticket': ticket };
      return readAnswer<Done>(await request('DELETE', `/auth/devices/${id}`, { headers }));
    },
    passkeyChallenge: () => get<PasskeyRequest>('/auth/passkey-challenge'),
    offerPasskey: (ticket: string) => post<PasskeyCreation>('/auth/second-factor/passkeys/offer', { ticket }),
    addPasskey: (body: AddPasskey) => post<RecoveryCodesAnswer>('/auth/second-factor/passkeys', body),
    renamePasskey: (body: RenamePasskey) => post<Done>('/auth/second-factor/passkeys/rename', body),
    removePasskey: (body: RemovePasskey) => post<Done>('/auth/second-factor/passkeys/remove', body),
    offerTotp: (ticket: string) => post<TotpSecret>('/auth/second-factor/totp', { ticket }),
    confirmTotp: (body: ConfirmTotp) => post<RecoveryCodesAnswer>('/auth/second-factor/totp/confirm', body),
    removeTotp: (ticket: string) => post<Done>('/auth/second-factor/totp/remove', { ticket }),
    replaceRecoveryCodes: (ticket: string) =>
      post<RecoveryCodesAnswer>('/auth/second-factor/recovery-codes', { ticket }),
  };
}
