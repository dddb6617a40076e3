import { isOpenArchive, type StoredMessage } from '../../src/storage/store.ts';
import type { Id } from '../../src/wire/wire.ts';
import { dueIn } from './model-features.ts';
import { isOpen } from './model-groups.ts';
import type { ModelRows, Part } from './model-rows.ts';
import type { Random } from './random.ts';

type Chooser = { rows: ModelRows; random: Random; fresh: () => number; known: Id[]; at: number };

/** Texts with unique beginnings, which a search of the disk finds. */
const LENGTHS = [20, 120, 600];
const DURATIONS_S = [0, 100, 700];

/** The parts of a transaction of one of the features, by the rows of the model; none where it is not possible now. */
export function featureParts(chooser: Chooser): Part[] {
  const { rows, random, fresh, known, at } = chooser;
  const living = known.filter((id) => rows.account(id)?.deletedAt === undefined);
  const all = rows.allConversations().filter(isOpen);
  if (living.length < 2 || all.length === 0) return [];
  const header = random.pick(all);
  const { id: conversationId, members } = header;
  const messages = rows.messagesOf(conversationId);
  const seq = messages.length > 0 ? 1 + random.below(messages.length) : undefined;
  const [id, by] = [random.pick(living), random.pick(members)];
  const content = `sealed ${fresh()} `.padEnd(random.pick(LENGTHS), 'ö.');
  const dice = random();
  if (dice < 0.15) {
    const afterS = random.pick(DURATIONS_S);
    return header.expireAfterS === afterS ? [] : [{ kind: 'timer', conversationId, afterS }];
  }
  if (dice < 0.4) {
    const timed = all.filter(({ expiring }) => expiring);
    if (timed.length === 0) return [];
    const swept = random.pick(timed);
    const now = 10 ** 6 + random.below(2 * 10 ** 6);
    const due = dueIn(swept, rows.messagesOf(swept.id), now, 1 + random.below(40));
    return [{ kind: 'sweep', conversationId: swept.id, ...due }];
  }
  if (dice < 0.48 && seq !== undefined)
    return [{ kind: 'pin', conversationId, seq: random.chance(0.8) ? seq : undefined, by }];
  if (dice < 0.58 && seq !== undefined && isLeft(messages[seq - 1]))
    return [{ kind: 'react', conversationId, seq, content }];
  if (dice < 0.62) return rows.directBetween(id, id) ? [] : [{ kind: 'notes', id, newId: `n${fresh()}` }];
  if (dice < 0.74) {
    const [waiting] = rows.account(id)?.scheduled ?? [];
    if (!waiting || random.chance(0.4))
      return [{ kind: 'schedule', id, textId: `s${fresh()}`, conversationId, content, at }];
    const unschedule: Part = { kind: 'unschedule', id, textId: waiting.id };
    const isSent = random.chance(0.5) && all.some((one) => one.id === waiting.conversationId);
    if (!isSent) return [unschedule];
    const sent = { conversationId: waiting.conversationId, senderId: id, id: waiting.id, content, at };
    return [{ kind: 'send', ...sent }, unschedule];
  }
  if (dice < 0.8) {
    const chats = [{ conversationId, pinned: true as const }];
    return [{ kind: 'lists', id, chats, stars: [{ conversationId, seqs: [seq ?? 1] }] }];
  }
  if (dice < 0.97) return archiveParts(chooser, id);
  return living.length > 3 ? [{ kind: 'leave', id, at }] : [];
}

const isLeft = (row: StoredMessage | undefined) =>
  row !== undefined && !row.event && !row.expired && row.deletedAt === undefined;

/** Begins an archive, imports a batch into it, finishes it, or lets another person in who consented. */
function archiveParts({ rows, random, fresh, known, at }: Chooser, owner: Id): Part[] {
  const archives = rows.allConversations().filter((one) => one.kind === 'group' && one.group.archive);
  const open = archives.find(isOpenArchive);
  if (open) {
    const [importer = ''] = open.members;
    if (open.lastSeq > 0 && random.chance(0.25))
      return [{ kind: 'archive', id: open.id, owner: importer, rows: open.lastSeq }];
    const batch = Array.from({ length: 1 + random.below(60) }, () => ({
      ...{ id: `r${fresh()}`, at: at - random.below(10 ** 5) },
      content: `sealed ${fresh()} `.padEnd(random.pick(LENGTHS), 'ö.'),
    }));
    return [{ kind: 'import', id: open.id, owner: importer, rows: batch }];
  }
  const done = archives.find(({ members }) => members.length === 1);
  const others = known.filter((id) => !done?.members.includes(id));
  if (done && others.length > 0 && random.chance(0.4)) {
    const members = [...done.members, random.pick(others)];
    return [{ kind: 'group', id: done.id, members, edit: 1, picture: undefined, eventId: `e${fresh()}`, at }];
  }
  return archives.length < 3 ? [{ kind: 'archive', id: `a${fresh()}`, owner }] : [];
}
