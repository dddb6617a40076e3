import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GroupConversation, GroupRole, Id, Message } from '../../src/wire/wire.ts';
import { checkGroup, type GroupState, readGroup } from '../support/group-invariants.ts';
import { type Pair, startPair } from '../support/pair.ts';
import { type Answer, type Person, signUp } from '../support/person.ts';

const KILLS = Number(process.env.KILLS ?? 5);
/** Members of a group: three and one more place. */
const LIMIT = 4;
/** Groups in which the same race runs at each kill. */
const GROUPS = 3;
const MAX_ANSWERS = 60;

let pair: Pair;
beforeAll(async () => {
  pair = await startPair({ LOG_LEVEL: 'warn', GROUP_LIMIT: String(LIMIT) });
});
afterAll(() => pair.stop());

type People = Record<'owner' | 'second' | 'member' | 'a' | 'b', Person>;
/** A group of an owner, a second person and a member, with the code of a link of it. */
type World = People & { id: Id; code: string };
type Request = (world: World) => Promise<Answer>;
type Outcome = 'done' | 'refused' | 'unanswered';

const removeFrom =
  (by: keyof People, whom: keyof People): Request =>
  (world) =>
    world[by].delete(`/groups/${world.id}/members/${world[whom].id}`);
const giveRole =
  (by: keyof People, whom: keyof People, role: GroupRole): Request =>
  (world) =>
    world[by].patch(`/groups/${world.id}/members/${world[whom].id}`, { role });
const join =
  (by: keyof People): Request =>
  (world) =>
    world[by].post('/groups/join', { code: world.code });
const end: Request = ({ owner, id }) => owner.delete(`/groups/${id}`);

/** `prepare` runs before the two requests that race; `check` gets their outcomes, before and after they are repeated. */
type Race = {
  name: string;
  prepare?: Request[];
  requests: [Request, Request];
  check(world: World, outcomes: Outcome[], state: GroupState | undefined): void;
};

const isIn = (state: GroupState | undefined, { id }: Person) => state?.members.has(id) ?? false;

const RACES: Race[] = [
  {
    name: 'a member is removed while they send',
    requests: [removeFrom('owner', 'member'), removeFrom('second', 'member')],
    check(world, [removed, refused], state) {
      if (removed === 'done') expect(isIn(state, world.member)).toBe(false);
      expect(refused).not.toBe('done');
    },
  },
  {
    name: 'two admins remove each other',
    prepare: [giveRole('owner', 'second', 'admin'), giveRole('owner', 'member', 'admin')],
    requests: [removeFrom('second', 'member'), removeFrom('member', 'second')],
    check(world, outcomes, state) {
      expect(outcomes.filter((one) => one === 'done').length).toBeLessThanOrEqual(1);
      expect(isIn(state, world.second) || isIn(state, world.member)).toBe(true);
      if (outcomes[0] === 'done') expect(isIn(state, world.member)).toBe(false);
      if (outcomes[1] === 'done') expect(isIn(state, world.second)).toBe(false);
    },
  },
  {
    name: 'an owner leaves while the other demotes them',
    prepare: [giveRole('owner', 'second', 'owner')],
    requests: [removeFrom('owner', 'owner'), giveRole('second', 'owner', 'member')],
    check(world, [left], state) {
      if (left === 'done') expect(isIn(state, world.owner)).toBe(false);
    },
  },
  {
    name: 'two people take the last place by one link',
    requests: [join('a'), join('b')],
    check(world, outcomes, state) {
      expect(outcomes.filter((one) => one === 'done').length).toBeLessThanOrEqual(1);
      if (outcomes[0] === 'done') expect(isIn(state, world.a)).toBe(true);
      if (outcomes[1] === 'done') expect(isIn(state, world.b)).toBe(true);
    },
  },
  {
    name: 'a person joins while the group is deleted',
    requests: [join('a'), end],
    check(world, [joined, deleted], state) {
      if (deleted === 'done') expect(state).toBeUndefined();
      else if (joined === 'done' && state) expect(isIn(state, world.a)).toBe(true);
    },
  },
];

const done = async (answer: Promise<Answer>): Promise<Answer> => {
  const { status, body } = await answer;
  expect([status, body]).toEqual([200, body]);
  return { status, body } as Answer;
};

async function createWorld({ prepare = [] }: Race, people: People): Promise<World> {
  const { owner, second, member } = people;
  const input = { name: 'Ronda', memberIds: [second.id, member.id] };
  const { id } = (await done(owner.post('/groups', input))).body as GroupConversation;
  const { code } = (await done(owner.post(`/groups/${id}/links`, {}))).body as { code: string };
  const world = { ...people, id, code };
  for (const request of prepare) await done(request(world));
  return world;
}

async function createPeople(kill: number): Promise<People> {
  const names = ['owner', 'second', 'member', 'a', 'b'].map((name) => `${name}-${kill}`);
  const [owner, second, member, a, b] = (await Promise.all(names.map((name) => signUp(pair.url, name)))) as [
    Person,
    Person,
    Person,
    Person,
    Person,
  ];
  for (const friend of [second, member])
    await done(owner.post('/friends/add', { myId: owner.id, friendUsername: friend.username }));
  return { owner, second, member, a, b };
}

/** Whether a request was done. Refusals are those of the rules; anything else, such as a 5xx, is a fault. */
async function outcomeOf(request: Promise<Answer>): Promise<Outcome> {
  const answer = await request.catch(() => undefined);
  if (!answer) return 'unanswered';
  expect([200, 403, 404, 409]).toContain(answer.status);
  return answer.status === 200 ? 'done' : 'refused';
}

/** Sends until this person is refused or the core is gone. @returns the acknowledged messages */
async function sendUntilGone(by: Person, conversationId: Id, onAnswer: () => void): Promise<Message[]> {
  const acknowledged: Message[] = [];
  for (;;) {
    const input = { senderId: by.id, conversationId, message: 'Hadir', clientMessageId: randomUUID() };
    const answer = await by.post('/chat/send', input).catch(() => undefined);
    if (answer?.status !== 200) {
      if (answer) expect(answer.body).toMatchObject({ code: 'NOT_MEMBER' });
      return acknowledged;
    }
    acknowledged.push(answer.body as Message);
    onAnswer();
  }
}

const randomDelay = (maxMs: number) => new Promise((resolve) => setTimeout(resolve, Math.random() * maxMs));

/** Runs a race in several groups at once and kills the core in it. @returns the outcomes by the request, and the messages */
async function killDuring(race: Race, worlds: World[], isEager: boolean) {
  let answersLeft = isEager ? Infinity : 1 + Math.floor(Math.random() * MAX_ANSWERS);
  const reached = Promise.withResolvers<void>();
  const onAnswer = () => {
    answersLeft -= 1;
    if (answersLeft <= 0) reached.resolve();
  };
  const sending = worlds.map(({ member, second, id }) =>
    Promise.all([sendUntilGone(member, id, onAnswer), sendUntilGone(second, id, onAnswer)]),
  );
  const racing = worlds.map((world) =>
    Promise.all(
      race.requests.map(async (request) => {
        await randomDelay(15);
        const outcome = await outcomeOf(request(world));
        if (isEager) reached.resolve();
        return outcome;
      }),
    ),
  );
  const everything = Promise.all([...sending, ...racing]);
  await Promise.race([reached.promise, everything]);
  await randomDelay(3);
  await pair.restartCore('SIGKILL');
  await everything;
  return { outcomes: await Promise.all(racing), sent: (await Promise.all(sending)).map((one) => one.flat()) };
}

it(
  `groups of a core that is killed ${KILLS} times in the middle of races keep their members, rows and owner consistent`,
  async () => {
    const total = { done: 0, refused: 0, unanswered: 0, messages: 0 };
    for (let kill = 0; kill < KILLS; kill++) {
      const race = RACES[kill % RACES.length] as Race;
      const people = await createPeople(kill);
      const everyone = Object.values(people);
      const worlds = await Promise.all(Array.from({ length: GROUPS }, () => createWorld(race, people)));
      const { outcomes, sent } = await killDuring(race, worlds, kill % 2 === 0);
      for (const [n, world] of worlds.entries()) {
        const own = outcomes[n] ?? [];
        const context = `kill ${kill}, ${race.name}: ${own.join(', ')}`;
        const check = async (known: Outcome[]) => {
          const state = await readGroup(world.id, everyone);
          if (state) {
            checkGroup(state, LIMIT);
            expect(state.rows, context).toEqual(expect.arrayContaining(sent[n] ?? []));
          }
          race.check(world, known, state);
        };
        await check(own);
        // A client repeats what was not answered.
        const repeated: Outcome[] = [];
        for (const [index, request] of race.requests.entries()) {
          const known = own[index] ?? 'unanswered';
          repeated.push(known === 'unanswered' ? await outcomeOf(request(world)) : known);
        }
        expect(repeated, context).not.toContain('unanswered');
        await check(repeated);
        for (const outcome of own) total[outcome] += 1;
        total.messages += sent[n]?.length ?? 0;
      }
    }
    // Otherwise no kill fell between the two requests of a race.
    if (KILLS > 2) expect(Math.min(total.done, total.unanswered, total.messages)).toBeGreaterThan(0);
    console.log(`${KILLS} kills in races of groups: ${JSON.stringify(total)}`);
  },
  KILLS * 60_000,
);

it('a change of a group without its row, a message of someone who is out, and a group without an owner are noticed', () => {
  const [sari, budi] = ['sari', 'budi'];
  const rowOf = (seq: number, senderId: Id, event?: Message['event']) =>
    ({ seq, senderId, ...(event && { event }) }) as Message;
  const created = rowOf(1, sari, { type: 'created', userIds: [budi] });
  const removed = rowOf(2, sari, { type: 'removed', userIds: [budi] });
  const owned = new Map<Id, GroupRole>([[sari, 'owner']]);
  const both = new Map([...owned, [budi, 'member' as const]]);
  checkGroup({ members: owned, rows: [created, removed] }, LIMIT);
  const faults: GroupState[] = [
    { members: owned, rows: [created] },
    { members: both, rows: [created, removed] },
    { members: owned, rows: [created, removed, rowOf(3, budi)] },
    { members: new Map([[budi, 'member']]), rows: [created, rowOf(2, sari, { type: 'left' })] },
  ];
  for (const fault of faults) expect(() => checkGroup(fault, LIMIT)).toThrow();
  expect(() => checkGroup({ members: both, rows: [created] }, 1)).toThrow();
});
