import { accountId } from './account.id.ts';
import { comfortId } from './comfort.id.ts';
import { peopleId } from './people.id.ts';

/** The wording of what comes in parts. */
export const lazyId = { ...accountId, ...peopleId, ...comfortId };
