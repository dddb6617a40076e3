import type { StoredMessage } from '../../store.ts';
import { allAccounts } from './integrity-scan-people.ts';
import type { ReadOnlyDatabase } from './open-read-only.ts';

const DAY_MS = 24 * 3600 * 1000;
const ROWS_AT_ONCE = 1024;

/**
 * Describes rows that are dated more than a day ahead, in sentences for a person: messages by the wall clock `now`, other
 * rows by the time line of the box, whose newest commit is at `at`. They are not damaged: a clock was ahead.
 */
export async function describeFutureRows(box: ReadOnlyDatabase, at: number, now: number): Promise<string[]> {
  const sentences: string[] = [];
  const { count, latest } = await futureMessages(box, now + DAY_MS);
  if (count > 0) {
    sentences.push(
      `${count.toLocaleString('en')} messages are dated in the future, up to ${dayOf(latest)}: the clock was ahead when they were sent. None is lost, and their order is right.`,
    );
  }
  const devices = allAccounts(box.state).flatMap((account) => account.devices);
  const ahead = [
    ...devices.map((device) => Math.max(device.createdAt, device.lastSeenAt)),
    ...box.state.invites().map(({ createdAt }) => createdAt),
  ].filter((time) => time > at + DAY_MS);
  if (ahead.length > 0) {
    sentences.push(
      `${ahead.length.toLocaleString('en')} devices and invitations are dated after the newest change, up to ${dayOf(Math.max(...ahead))}: log those devices out, and revoke those invitations.`,
    );
  }
  if (at > now + DAY_MS) {
    sentences.push(
      `The box counts its time from a clock that was ${Math.round((at - now) / DAY_MS).toLocaleString('en')} days ahead. Codes, invitations and sessions end after their time all the same.`,
    );
  }
  return sentences;
}

async function futureMessages({ state, history }: ReadOnlyDatabase, limit: number) {
  let [count, latest] = [0, 0];
  for (const { header } of state.conversationStates()) {
    for (let from = 1; from <= header.lastSeq; from += ROWS_AT_ONCE) {
      const rows = await history.between(header.id, from, Math.min(header.lastSeq, from + ROWS_AT_ONCE - 1));
      for (const time of rows.map(newestTimeOf).filter((time) => time > limit)) {
        count += 1;
        latest = Math.max(latest, time);
      }
    }
  }
  return { count, latest };
}

const newestTimeOf = ({ timestamp, editedAt = 0, deletedAt = 0 }: StoredMessage) =>
  Math.max(timestamp, editedAt, deletedAt);

const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);
