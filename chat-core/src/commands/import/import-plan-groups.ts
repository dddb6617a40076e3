import { readGroupName } from '../../groups/group-name.ts';
import { toId } from '../../storage/foreign-ids.ts';
import { isDeletedGroup } from '../../storage/rows.ts';
import type { SeqRanges } from '../../storage/seq-ranges.ts';
import type { Group, GroupMembership, Store } from '../../storage/store.ts';
import type { Id } from '../../wire/wire.ts';
import type { SeedTarget } from '../export-settings/plan-settings.ts';
import { existingIn } from './existing-messages.ts';
import {
  idsBySeq,
  inOrder,
  type PlannedRow,
  planRow,
  type RowOutcome,
  seqKey,
  withUniqueIds,
} from './import-plan-rows.ts';
import type { SeedFile, SeedRow } from './seed-file.ts';
import type { SeedGroup } from './seed-groups.ts';

/** The name of a group in whose file it does not keep the rules of names. */
const NAMELESS = 'Group';
/** The most that GROUP_LIMIT allows. */
const MAX_GROUP_LIMIT = 256;

/**
 * What a group gets; `existing` are the messages it has already, each one's seq by its id. `created` is absent where the
 * group is already here: it stays as it is. A `name` is text to seal, or ciphertext of the group `boundTo`.
 */
export type PlannedGroup = {
  id: Id;
  rows: PlannedRow[];
  existing: ReadonlyMap<Id, number>;
  created?: Omit<Group, 'infoRev' | 'name' | 'edit'> & {
    name: string | (Exclude<SeedGroup['name'], string> & { boundTo: Id });
  };
};

export type PlannedGroups = {
  groups: PlannedGroup[];
  knownGroups: number;
  /** Groups that are left out: none of their members has an account, or the group was deleted here. */
  droppedGroups: number;
};

/** `targets` are the groups by their ids in the file, those that are here already too. */
type PlannedTargets = PlannedGroups & { targets: Map<string, SeedTarget> };

/**
 * Compares the groups of a file with the store. `exists` says whether a user has an account by then, `used` are the ids of
 * the file's other conversations, and `rows` counts what becomes of the messages.
 */
export async function planGroups(
  file: SeedFile,
  store: Store,
  exists: (id: Id) => Promise<boolean>,
  used: ReadonlySet<Id>,
  rows: Record<RowOutcome, number>,
): Promise<PlannedTargets> {
  const planned: PlannedTargets = { groups: [], knownGroups: 0, droppedGroups: 0, targets: new Map() };
  const rowsOf = Map.groupBy(
    file.rows.filter(({ groupId }) => groupId !== undefined),
    ({ groupId }) => groupId,
  );
  for (const seed of new Map(file.groups.map((group) => [group.id, group])).values()) {
    const all = rowsOf.get(seed.id) ?? [];
    const taken = used.has(seed.id) || (await exists(seed.id));
    const id = taken ? otherId(seed.id) : await idFor(store, seed.id);
    const known = await store.conversation(id);
    const members = await filter(seed.members, ({ userId }) => exists(userId));
    if (known ? isDeletedGroup(known) : members.length === 0) {
      planned.droppedGroups += 1;
      rows.unknownUser += all.length;
      continue;
    }
    const existing = await existingIn(store, id, known?.lastSeq ?? 0);
    const { plannedRows, leftOut, found } = await planRows(
      all,
      { id, existing, now: store.time.now() },
      exists,
      rows,
    );
    planned.targets.set(seed.id, { id, isFromFile: found === existing.size });
    if (known) planned.knownGroups += 1;
    if (known && plannedRows.length === 0) continue;
    planned.groups.push({
      id,
      rows: plannedRows,
      existing,
      ...(!known && {
        created: {
          name: nameOf(seed),
          members: withOwner(members.map((member) => moved(member, leftOut, seed.omitted))),
          permissions: seed.permissions,
          newcomersRead: seed.newcomersRead,
          ...archiveOf(seed, plannedRows),
          ...(await listsOf(seed, exists)),
        },
      }),
    });
  }
  return planned;
}

/**
 * An import makes no group that is larger than a box allows: no one could join it any more, and every message would cost
 * more than was planned for. @throws Error that says which limit fits
 */
export function requireGroupLimit({ groups }: Pick<PlannedGroups, 'groups'>, limit: number): void {
  const sizes = groups.map(({ created }) => created?.members.length ?? 0).filter((size) => size > limit);
  if (sizes.length === 0) return;
  const largest = Math.max(...sizes);
  const advice =
    largest > MAX_GROUP_LIMIT
      ? `A group has at most ${MAX_GROUP_LIMIT} members: shorten its list in the file.`
      : `Set GROUP_LIMIT=${largest} for this box, or shorten their lists in the file.`;
  throw new Error(
    `${sizes.length} groups of the file have more than ${limit} members (GROUP_LIMIT), the largest ${largest}. ${advice}`,
  );
}

/** The group's own id, or one made from it where another conversation or an account has it. */
async function idFor(store: Store, id: Id): Promise<Id> {
  const known = await store.conversation(id);
  return known?.kind === 'direct' ? otherId(id) : id;
}

const otherId = (id: Id) => toId('group', `group ${id}`);

/** An archive has as many rows as the import brings: they come first. */
function archiveOf({ archive }: SeedGroup, rows: PlannedRow[]): Pick<Group, 'archive'> {
  if (!archive) return {};
  const imported = rows.filter(({ row }) => row.imported).length;
  return { archive: { source: archive.source, ...(archive.rows !== undefined && { rows: imported }) } };
}

async function planRows(
  all: SeedRow[],
  { id, existing, now }: { id: Id; existing: ReadonlyMap<Id, number>; now: number },
  exists: (id: Id) => Promise<boolean>,
  rows: Record<RowOutcome, number>,
): Promise<{ plannedRows: PlannedRow[]; leftOut: number[]; found: number }> {
  let found = 0;
  const plannedRows: PlannedRow[] = [];
  const unique = withUniqueIds(all);
  rows.repeated += all.length - unique.length;
  const included = new Set<number | undefined>();
  const answered = idsBySeq(unique);
  for (const row of inOrder(unique)) {
    if (existing.has(row.id)) {
      rows.existing += 1;
      found += 1;
      included.add(row.seq);
      continue;
    }
    if (!(await exists(row.senderId))) {
      rows.unknownUser += 1;
      continue;
    }
    const { outcome, plan } = planRow(row, id, now);
    rows[outcome] += 1;
    if (!plan) continue;
    included.add(row.seq);
    const answers = answered.get(seqKey(row, row.replyTo));
    plannedRows.push({ ...plan, ...(answers !== undefined && { answers }) });
  }
  const leftOut = new Set(all.map(({ seq }) => seq).filter((seq) => seq !== undefined && !included.has(seq)));
  return { plannedRows, leftOut: [...leftOut].filter((seq) => seq !== undefined), found };
}

/**
 * A membership after some messages were left out, here or, as `omitted`, by the export: those had expired. Messages that the file does not hold keep their places: a later import
 * may bring them, and no one may read them who could not.
 */
function moved(member: GroupMembership, leftOut: number[], omitted: SeqRanges = []): GroupMembership {
  const before = (seq: number) =>
    leftOut.filter((one) => one < seq).length +
    omitted.reduce((sum, [from, to]) => sum + Math.max(0, Math.min(to + 1, seq) - from), 0);
  const { fromSeq, joinedSeq } = member;
  return { ...member, fromSeq: fromSeq - before(fromSeq), joinedSeq: joinedSeq - before(joinedSeq + 1) };
}

/** A group always has an owner: else the oldest admin, else the oldest member becomes one. */
function withOwner(members: GroupMembership[]): GroupMembership[] {
  if (members.some(({ role }) => role === 'owner')) return members;
  const heir = members.find(({ role }) => role === 'admin') ?? members[0];
  return members.map((member) => (member === heir ? { ...member, role: 'owner' } : member));
}

function nameOf({ id, name }: SeedGroup): NonNullable<PlannedGroup['created']>['name'] {
  if (typeof name !== 'string') return { ...name, boundTo: id };
  try {
    return readGroupName(name);
  } catch {
    return NAMELESS;
  }
}

async function listsOf(
  { requests, removed }: SeedGroup,
  exists: (id: Id) => Promise<boolean>,
): Promise<Pick<Group, 'requests' | 'removed'>> {
  const lists = { requests: await filter(requests, exists), removed: await filter(removed, exists) };
  return Object.fromEntries(Object.entries(lists).filter(([, ids]) => ids.length > 0));
}

async function filter<T>(list: T[], test: (one: T) => Promise<boolean>): Promise<T[]> {
  const included: T[] = [];
  for (const one of list) if (await test(one)) included.push(one);
  return included;
}
