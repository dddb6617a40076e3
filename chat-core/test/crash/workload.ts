import { ApiError } from '../../src/errors.ts';
import type { LowdbStore } from '../../src/storage/lowdb/lowdb-store.ts';
import {
  DEDUP_WINDOW,
  fileKey,
  type OpenUpload,
  type StoredInvite,
  type StoredMessage,
  type Tx,
  type UploadRow,
} from '../../src/storage/store.ts';
import type { Id } from '../../src/wire/wire.ts';
import { featureParts } from './feature-parts.ts';
import { Broken, type Model, type PendingTransaction } from './model.ts';
import { executeFeature, isFeature } from './model-features.ts';
import { FILE_SIZES, growFile, isRefusal, newAttachment, uploadRow } from './model-files.ts';
import { changedGroup, eventOf, type GroupPart, isOpen } from './model-groups.ts';
import {
  changedRow,
  describeModel,
  describeStore,
  isChange,
  newAccount,
  newInvite,
  newMessage,
  newPicture,
  PAIRS,
  type Part,
  PEOPLE,
} from './model-rows.ts';
import type { Random } from './random.ts';
import type { FaultCode, SimulatedDisk } from './simulated-disk.ts';

/** A rule of the workload refused a change, as features do. */
class Refusal extends Error {}

const LENGTHS = [20, 20, 20, 120, 120, 600];

/** Simulated users of one store. `broken` is the first violation of a guarantee that they find. */
export class Workload {
  private readonly store: LowdbStore;
  private readonly disk: SimulatedDisk;
  private readonly model: Model;
  private readonly random: Random;
  private readonly lastRevision: { announced: number };
  /** Faults since the last successful commit, which a refusal may be caused by. */
  private codes = new Set<FaultCode>();
  private nextId: number;
  /** Half of the runs create and use invites, and add and remove pictures. */
  private readonly invites: boolean;
  /** Half of each of these edit, delete and hide messages. */
  private readonly edits: boolean;
  /** Half of each of these have groups. */
  private readonly groups: boolean;
  /** Half of each of these upload files. */
  private readonly files: boolean;
  private readonly features: boolean;
  /** Files that are written or removed, by fileKey: each has one writer at a time. */
  private readonly busy = new Set<string>();
  /** How far the files are right that were used in this life of the store. */
  private readonly verified = new Map<string, number>();
  broken: Error | undefined;

  constructor(
    store: LowdbStore,
    disk: SimulatedDisk,
    model: Model,
    random: Random,
    { files, features }: { files: boolean; features: boolean },
  ) {
    this.store = store;
    this.disk = disk;
    this.model = model;
    this.random = random;
    this.nextId = 10 ** 9 + random.below(10 ** 9);
    this.invites = this.nextId % 2 === 0;
    this.edits = this.nextId % 4 < 2;
    this.groups = this.nextId % 8 < 4;
    this.files = files && this.nextId % 16 < 8;
    this.features = features;
    this.lastRevision = { announced: model.revision };
    store.onCommit(({ revision }) => this.checkThat(() => this.announced(revision)));
  }

  /** Runs `steps` steps of several concurrent random actions. Resolves when all have ended. */
  async run(steps: number, faults: boolean): Promise<void> {
    let waiting: Promise<void>[] = [];
    for (let step = 0; step < steps && !this.broken; step++) {
      if (faults && this.random.chance(0.06)) this.breakDisk();
      const count = 1 + this.random.below(5);
      for (let n = 0; n < count; n++) waiting.push(this.act());
      if (this.random.chance(0.6)) {
        await Promise.all(waiting);
        waiting = [];
        if (this.random.chance(0.2)) await this.compare();
        if (this.disk.fault && this.random.chance(0.4)) await this.repairDisk();
      } else {
        for (let turns = this.random.below(12); turns > 0; turns--) await undefined;
      }
    }
    await Promise.all(waiting);
    if (!this.broken && this.disk.fault) await this.repairDisk();
  }

  private act(): Promise<void> {
    const dice = this.random();
    if (dice < 0.12) return this.read();
    if (dice < 0.16) return this.store.checkpoint().catch(() => {});
    if (dice < 0.4 && this.files) return this.workOnFile();
    return this.change();
  }

  /** Runs one transaction of one or more parts, and compares its result with the model. */
  private async change(): Promise<void> {
    let transaction: PendingTransaction | undefined;
    let [saw, since] = [0, 0];
    const dice = this.random();
    const work = async (tx: Tx): Promise<StoredMessage | undefined> => {
      transaction = undefined;
      saw = this.model.newest();
      since = this.model.revision;
      const repeated = dice < 0.15 ? this.repeatable() : undefined;
      if (repeated) return this.repeat(tx, repeated);
      const parts = this.parts(dice);
      if (parts.length === 0) throw new Refusal('there is nothing to do');
      // Transactions run one at a time: it sees the rows of the model.
      const begun = this.model.begin(parts);
      for (const part of parts) await execute(tx, part);
      transaction = begun;
      return undefined;
    };
    await this.store.transact(work).then(
      (message) => this.checkThat(() => this.accepted(transaction, saw, message, since)),
      (error: unknown) => this.checkThat(() => this.refused(error, saw)),
    );
  }

  /** Uploads a part of a file, or removes a discarded one. */
  private async workOnFile(): Promise<void> {
    const isWaiting = (row: UploadRow) =>
      !this.busy.has(fileKey(row)) &&
      !(row.state === 'open' && this.model.files.get(fileKey(row))?.isFinished);
    const rows = this.store.uploads().filter(isWaiting);
    if (rows.length === 0) return;
    const row = this.random.pick(rows);
    const key = fileKey(row);
    this.busy.add(key);
    try {
      if (row.state === 'open') await this.grow(row);
      else await this.sweep(row);
    } catch (error) {
      // With a deleted group its uploads are discarded, and their files removed.
      const now = this.store.uploads().find((one) => fileKey(one) === key);
      if (!isRefusal(error) && now?.state === row.state) this.broken ??= error as Error;
    }
    this.busy.delete(key);
  }

  private async grow(row: OpenUpload): Promise<void> {
    const key = fileKey(row);
    await growFile(this.store, row, this.verified.get(key), (promised) => {
      this.verified.set(key, promised.bytes);
      this.model.files.set(key, promised);
    });
  }

  private async sweep({ id, conversationId }: UploadRow): Promise<void> {
    await this.store.files.remove({ id, conversationId });
    await this.commit([{ kind: 'removed', id, conversationId }]);
  }

  /** Commits these parts, which are possible whatever else happens. */
  private async commit(parts: Part[]): Promise<void> {
    let transaction: PendingTransaction | undefined;
    let saw = 0;
    const work = async (tx: Tx) => {
      saw = this.model.newest();
      transaction = this.model.begin(parts);
      for (const part of parts) await execute(tx, part);
    };
    await this.store.transact(work).then(
      () => this.checkThat(() => this.accepted(transaction, saw)),
      (error: unknown) => this.checkThat(() => this.refused(error, saw)),
    );
  }

  private accepted(
    transaction: PendingTransaction | undefined,
    saw: number,
    message?: StoredMessage,
    since = 0,
  ): void {
    if (transaction) {
      this.model.acknowledge(transaction);
      this.codes.clear();
      if (this.disk.fault) this.codes.add(this.disk.fault.code);
    }
    if (this.model.revision < saw)
      throw new Broken(`a result depends on revision ${saw} before it was acknowledged`);
    if (message) this.model.showMessages([message], since);
  }

  private refused(error: unknown, saw: number): void {
    if (error instanceof Refusal) {
      if (this.model.revision < saw)
        throw new Broken(`a refusal depends on revision ${saw} before it was acknowledged`);
      return;
    }
    if (!(error instanceof ApiError)) throw error;
    this.model.refuse();
    const fitting = [...this.codes].map((code) => (code === 'ENOSPC' ? 'DISK_FULL' : 'STORAGE_UNAVAILABLE'));
    if (!(fitting as string[]).includes(error.code)) {
      throw new Broken(`refused with ${error.code} while the disk says ${[...this.codes]}: ${error.cause}`);
    }
  }

  private async read(): Promise<void> {
    const dice = this.random();
    const from = this.model.revision;
    try {
      if (dice < 0.3) {
        const id = this.random.pick(PEOPLE);
        const account = await this.store.account(id);
        this.checkThat(() => this.model.showAccount(id, account));
        return;
      }
      const conversations = await this.store.conversationsOf(this.random.pick(PEOPLE));
      for (const { rev } of conversations) this.checkThat(() => this.model.show(rev));
      if (conversations.length === 0) return;
      const { id, lastSeq, members } = this.random.pick(conversations);
      const since = this.random.below(this.model.revision + 1);
      const messages =
        dice < 0.6
          ? await this.store.messages(id, { before: 1 + this.random.below(lastSeq + 1), limit: 20 })
          : ((await this.store.changedMessages(members[0], since, { limit: 20 })) ?? []).map(
              ({ message }) => message,
            );
      this.checkThat(() => this.model.showMessages(messages, from));
    } catch (error) {
      this.broken ??= error as Error;
    }
  }

  /** Checks that without an open transaction the store shows exactly the acknowledged rows. */
  private async compare(): Promise<void> {
    const text = await describeStore(this.store);
    if (text !== describeModel(this.model.acknowledged(), this.model.revision)) {
      this.broken ??= new Broken(
        `the running store, at revision ${this.model.revision} acknowledged, shows\n${text}`,
      );
    }
    if (this.store.revision() !== this.model.revision) {
      this.broken ??= new Broken(
        `the store says ${this.store.revision()}, ${this.model.revision} was acknowledged`,
      );
    }
  }

  private breakDisk(): void {
    const code = this.random.pick<FaultCode>(['EIO', 'ENOSPC', 'EROFS']);
    const count = this.random.chance(0.5) ? 1 : Number.POSITIVE_INFINITY;
    this.disk.fault = { code, from: this.disk.operations + 1 + this.random.below(12), count };
    this.codes.add(code);
  }

  /** Removes the fault. Reads were correct meanwhile, and the next change must succeed without a restart. */
  private async repairDisk(): Promise<void> {
    await this.compare();
    this.disk.fault = undefined;
    const parts = this.parts(1);
    if (parts.length === 0 || this.broken) return;
    let transaction: PendingTransaction | undefined;
    const work = async (tx: Tx) => {
      transaction = this.model.begin(parts);
      for (const part of parts) await execute(tx, part);
    };
    await this.store.transact(work).then(
      () => this.checkThat(() => this.accepted(transaction, 0)),
      (error: Error) => {
        this.broken ??= new Broken(`writing did not resume: ${error.cause}`);
      },
    );
    this.codes.clear();
  }

  /** The parts of a random possible transaction, by the rows of the model; possibly none. */
  private parts(dice: number): Part[] {
    const rows = this.model.pending();
    const at = 10 ** 6 + this.random.below(10 ** 6);
    const strangers = PEOPLE.filter((id) => !rows.account(id));
    const known = PEOPLE.filter((id) => rows.account(id));
    const pairs = PAIRS.filter(([a, b]) => rows.account(a) && rows.account(b) && !rows.directBetween(a, b));
    const conversations = rows.allConversations().filter(isOpen);
    const [stranger] = strangers;
    if (stranger && (known.length < 2 || dice < 0.2)) return [{ kind: 'register', id: stranger }];
    const [pair] = pairs;
    if (pair && (conversations.length === 0 || dice < 0.25)) {
      const newId = `c${this.fresh()}`;
      const befriend: Part = { kind: 'befriend', a: pair[1], b: pair[0], newId };
      return dice < 0.22 ? [befriend, this.send(newId, pair[0], at)] : [befriend];
    }
    if (this.features && dice < 1 && this.random.chance(0.5)) {
      const fresh = () => this.fresh();
      const found = featureParts({ rows, random: this.random, fresh, known, at });
      if (found.length > 0) return found;
    }
    if (dice < 0.3) return [{ kind: 'password', id: this.random.pick(known), password: `hash ${at}` }];
    if (dice < 0.35) return [{ kind: 'device', id: this.random.pick(known), device: `d${this.fresh()}`, at }];
    if (dice < 0.38 && this.invites) return [this.invite(rows.invites(), known, at)];
    if (dice < 0.42 && this.invites) {
      const id = this.random.pick(known);
      const picture = this.random.chance(0.7) ? `p${this.fresh()}` : undefined;
      return [{ kind: 'profile', id, picture, edit: (rows.account(id)?.profile?.edit ?? 0) + 1 }];
    }
    const { id, members } = this.random.pick(conversations);
    const sent = rows.messagesOf(id).length;
    if (dice < 0.52 && this.edits && sent > 0)
      return [this.changed(id, 1 + this.random.below(sent), members, at)];
    if (dice > 0.55 && dice < 0.63 && this.groups) return this.groupParts(known, at);
    if (dice > 0.63 && dice < 0.85 && this.files) return [this.filePart(id, members, at)];
    const length = dice > 0.97 && dice < 1 ? 1 + this.random.below(60) : 1;
    return Array.from({ length }, () => this.send(id, this.random.pick(members), at));
  }

  /** A change of a message, mostly of one of the newest. */
  private changed(conversationId: Id, any: number, members: Id[], at: number): Part {
    const sent = this.model.pending().messagesOf(conversationId).length;
    const seq = this.random.chance(0.6) ? Math.max(1, sent - this.random.below(6)) : any;
    const dice = this.random();
    if (dice < 0.3) return { kind: 'hide', conversationId, seq, userId: this.random.pick(members) };
    if (dice < 0.6) return { kind: 'erase', conversationId, seq, at };
    const content = `sealed ${this.fresh()} `.padEnd(this.random.pick(LENGTHS), 'ö.');
    if (!this.model.pending().messagesOf(conversationId)[seq - 1]?.poll)
      return { kind: 'edit', conversationId, seq, content, at };
    if (dice > 0.93) return { kind: 'close', conversationId, seq };
    return { kind: 'vote', conversationId, seq, content };
  }

  /** Creates a group, changes the members, name or picture of one, or deletes one; sometimes with a message. */
  private groupParts(known: Id[], at: number): Part[] {
    const groups = this.model
      .pending()
      .allConversations()
      .filter((one) => one.kind === 'group')
      .filter(isOpen);
    const before =
      groups.length < 3 && this.random.chance(0.4) ? undefined : groups.at(-1 - this.random.below(3));
    const id = before?.id ?? `g${this.fresh()}`;
    const others = known.filter((userId) => !before?.members.includes(userId));
    const dice = this.random();
    let members = before?.members ?? known.slice(this.random.below(known.length - 1));
    let picture = before?.group.picture?.id;
    let edit = before?.group.edit ?? 1;
    if (before && dice < 0.1) members = [];
    else if (before && dice < 0.45 && others.length > 0) members = [...members, this.random.pick(others)];
    else if (before && dice < 0.75 && members.length > 1) {
      const leaving = this.random.pick(members);
      members = members.filter((userId) => userId !== leaving);
    } else edit += 1;
    if (members.length === 0 || (edit !== before?.group.edit && this.random.chance(0.3))) picture = undefined;
    else if (edit !== before?.group.edit) picture = this.random.chance(0.5) ? `p${this.fresh()}` : picture;
    const part: GroupPart = { kind: 'group', id, members, edit, picture, eventId: `e${this.fresh()}`, at };
    const [senderId] = members;
    return senderId && this.random.chance(0.3) ? [part, this.send(id, senderId, at)] : [part];
  }

  /** Begins an upload, gives one up, or sends finished ones. */
  private filePart(conversationId: Id, members: Id[], at: number): Part {
    const open = this.model
      .pending()
      .uploads()
      .filter((row) => row.state === 'open');
    const finished = open.filter((row) => this.model.files.get(fileKey(row))?.isFinished);
    if (finished.length > 0 && this.random.chance(0.7)) {
      const first = this.random.pick(finished);
      const files = finished
        .filter((row) => row.conversationId === first.conversationId && row.userId === first.userId)
        .map(({ id }) => id);
      return { ...this.send(first.conversationId, first.userId, at), files };
    }
    if (open.length > 0 && this.random.chance(0.25)) {
      const given = this.random.pick(open);
      return { kind: 'discard', id: given.id, conversationId: given.conversationId };
    }
    const [userId, size] = [this.random.pick(members), this.random.pick(FILE_SIZES)];
    return { kind: 'upload', id: `f${this.fresh()}`, conversationId, userId, size, at };
  }

  private invite(open: StoredInvite[], known: Id[], at: number): Part {
    if (open.length > 2) return { kind: 'use', id: this.random.pick(open).id };
    const uses = 1 + this.random.below(3);
    return { kind: 'invite', id: `i${this.fresh()}`, by: this.random.pick(known), uses, at };
  }

  private send(conversationId: Id, senderId: Id, at: number): Extract<Part, { kind: 'send' }> {
    // Few lengths, so that a record often fits exactly over an older one.
    const content = `sealed ${this.fresh()} `.padEnd(this.random.pick(LENGTHS), 'ö.');
    const number = this.fresh();
    // By its number, so that a seed gives the same work as without polls.
    const isPoll = number % 4 === 0 && this.edits ? { isPoll: true as const } : {};
    return { kind: 'send', conversationId, senderId, id: `m${number}`, content, at, ...isPoll };
  }

  private repeatable(): StoredMessage | undefined {
    const conversations = this.model.pending().allConversations().filter(isOpen);
    if (conversations.length === 0) return undefined;
    const messages = this.model.pending().messagesOf(this.random.pick(conversations).id).slice(-DEDUP_WINDOW);
    return messages.length > 0 ? this.random.pick(messages) : undefined;
  }

  /** Repeats a send, which writes nothing and returns the same message. */
  private async repeat(tx: Tx, sent: StoredMessage): Promise<StoredMessage> {
    const found = await tx.recentMessage(sent.conversationId, sent.id);
    const { lastSeq = 0 } = (await tx.conversation(sent.conversationId)) ?? {};
    if (found) return found;
    this.broken ??= new Broken(`message ${sent.id}, ${sent.seq} of ${lastSeq}, was not found again`);
    throw new Refusal('not found');
  }

  private announced(revision: number): void {
    if (revision <= this.lastRevision.announced) throw new Broken(`revision ${revision} was announced again`);
    this.lastRevision.announced = revision;
    this.model.show(revision);
  }

  private fresh(): number {
    this.nextId += 1;
    return this.nextId;
  }

  private checkThat(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.broken ??= error as Error;
    }
  }
}

/** Executes a part in a transaction, like ModelRows.apply in the model. */
export async function execute(tx: Tx, part: Part): Promise<void> {
  if (part.kind === 'register') await tx.saveAccount(newAccount(part.id));
  if (part.kind === 'befriend') await tx.befriend(part.a, part.b, part.newId);
  if (part.kind === 'send') {
    const attachments = part.files?.map((id) => newAttachment(id, 0));
    await tx.appendMessage({ ...newMessage(part), ...(attachments && { attachments }) });
  }
  if (part.kind === 'group') await executeGroup(tx, part);
  if (isFeature(part)) return executeFeature(tx, part);
  if (part.kind === 'upload' || part.kind === 'discard' || part.kind === 'removed')
    await tx.saveUpload(uploadRow(part));
  if (part.kind === 'invite') await tx.saveInvite(newInvite(part));
  if (part.kind === 'profile') {
    const { id, picture: newId, edit } = part;
    const picture = newId === undefined ? undefined : newPicture(id, newId, edit);
    const profile = { edit, ...(picture && { picture: { id: picture.id, edit } }) };
    await tx.saveProfile(id, profile, { isShown: true, picture });
  }
  if (part.kind === 'use') {
    const invite = (await tx.invites()).find(({ id }) => id === part.id);
    if (!invite) throw new Broken(`${part.id} is not there to be used`);
    await tx.saveInvite({ ...invite, used: invite.used + 1 });
  }
  if (isChange(part)) {
    const row = await tx.message(part.conversationId, part.seq);
    if (!row) throw new Broken(`message ${part.seq} of ${part.conversationId} is not there to be changed`);
    await tx.changeMessage(changedRow(row, part));
  }
  if (part.kind === 'hide') await tx.hideMessage(part.conversationId, part.userId, part.seq);
  if (part.kind !== 'password' && part.kind !== 'device') return;
  const account = await tx.account(part.id);
  if (!account) throw new Broken(`${part.id} is not there to be changed`);
  if (part.kind === 'password') {
    const tokenVersion = account.tokenVersion + 1;
    await tx.saveAccount({ ...account, password: part.password, tokenVersion, devices: [] });
  } else {
    const device = { id: part.device, name: 'phone', createdAt: part.at, lastSeenAt: part.at };
    await tx.saveAccount({ ...account, devices: [...account.devices, device] });
  }
}

async function executeGroup(tx: Tx, part: GroupPart): Promise<void> {
  const known = await tx.conversation(part.id);
  const before = known?.kind === 'group' ? known : undefined;
  const group = changedGroup(part, before?.group, before?.lastSeq ?? 0);
  const isNew = group.picture !== undefined && group.picture.id !== before?.group.picture?.id;
  const picture =
    isNew && group.picture ? newPicture(part.id, group.picture.id, group.picture.edit) : undefined;
  await tx.saveGroup(part.id, group, picture);
  if (part.members.length > 0) await tx.appendMessage(eventOf(part));
}
