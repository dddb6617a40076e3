import { accountEn } from './account.en.ts';
import { comfortEn } from './comfort.en.ts';
import type { Text } from './id.ts';
import type { lazyId } from './later.id.ts';
import { peopleEn } from './people.en.ts';

export const lazyEn: Record<keyof typeof lazyId, Text> = { ...accountEn, ...peopleEn, ...comfortEn };
