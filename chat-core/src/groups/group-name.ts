import { ApiError } from '../errors.ts';
import { readDisplayName } from '../people/profile-text.ts';

/** Cleans the name of a group by the rules of display names: one visible line of 1 to 64 characters. @throws ApiError INVALID_GROUP_NAME */
export function readGroupName(raw: string): string {
  let name = '';
  try {
    name = readDisplayName(raw);
  } catch (cause) {
    throw new ApiError('INVALID_GROUP_NAME', { cause });
  }
  if (name === '') throw new ApiError('INVALID_GROUP_NAME');
  return name;
}
