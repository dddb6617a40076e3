import type { Done, PushKeyAnswer, PushSubscribe } from '../../../chat-core/src/wire/wire.ts';
import type { Http } from './http.ts';

/** The calls about pushes, loaded with the notifications. Each rejects with ApiError only. */
export function createPushApi({ get, post }: Http) {
  return {
    pushKey: () => get<PushKeyAnswer>('/push/key'),
    pushSubscribe: (body: PushSubscribe) => post<Done>('/push/subscribe', body),
    pushUnsubscribe: () => post<Done>('/push/unsubscribe', {}),
    pushTest: () => post<Done>('/push/test', {}),
  };
}
