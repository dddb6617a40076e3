import type { Me } from '../../../../chat-core/src/wire/wire.ts';
import type { State } from '../../state/state.ts';

/** Whether this account is an owner of the box, as far as the server has said so. */
export const isOwner = ({ me }: State): boolean => (me as Me | null)?.owner === true;
