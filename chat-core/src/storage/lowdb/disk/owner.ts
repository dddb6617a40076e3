import { statSync } from 'node:fs';

/** Root becomes this user for what it does to a folder. */
export type Owner = { uid: number; gid: number };

/**
 * Whoever owns a box's folder goes on owning all of it: root becomes that user before it touches anything, for as long as
 * this process lives. What it wrote as root the box could not open afterwards, and root must follow no link in a
 * folder that another user may write to. @returns whom it became, if anybody
 */
export function becomeOwner(folder: string): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const { uid = 0, gid = 0 } = statSync(folder, { throwIfNoEntry: false }) ?? {};
  if (uid === 0) return undefined;
  process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  return { uid, gid };
}
