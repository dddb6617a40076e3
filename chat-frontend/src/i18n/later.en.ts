import { accountEn } from './account.en.ts';
import { comfortEn } from './comfort.en.ts';
import type { Text } from './id.ts';
import type { laterId } from './later.id.ts';
import { peopleEn } from './people.en.ts';

export const laterEn: Record<keyof typeof laterId, Text> = { ...accountEn, ...peopleEn, ...comfortEn };
