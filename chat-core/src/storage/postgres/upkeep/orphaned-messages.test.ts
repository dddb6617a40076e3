import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { SentMessage } from '../../shared-database.ts';
import type { Signal } from '../../signals.ts';
import type { StoredMessage } from '../../store.ts';
import { keyOfCore } from './living-cores.ts';
import { OrphanedMessages } from './orphaned-messages.ts';

const [OWN, OTHER, THIRD] = ['00000001-own', '00000002-other', '00000003-third'] as const;
let living: string[];
let orphans: OrphanedMessages;
let announced: SentMessage[];
let signal: (of: Signal, core: string) => void;

beforeEach(() => {
  vi.useFakeTimers();
  start(OWN);
});
afterEach(() => {
  orphans.close();
  vi.useRealTimers();
});

function start(core: string): void {
  living = [OWN, OTHER, THIRD];
  announced = [];
  orphans = new OrphanedMessages({
    core,
    livingCores: async () => new Set(living.map(keyOfCore)),
    signals: { onSignal: (listener) => (signal = listener) },
  });
  orphans.onOrphaned((of) => announced.push(of));
}

const row = (seq: number, more: Partial<StoredMessage> = {}) =>
  ({ id: `m${seq}`, conversationId: 'c', seq, senderId: 'ani', ...more }) as StoredMessage;
const commit = (core: string, ...messages: StoredMessage[]) =>
  orphans.applied([{ core, changes: { messages } as never }]);
const wait = () => vi.advanceTimersByTimeAsync(20_000);

it('a message of a core that lives is never announced by another, and nothing is watched then', async () => {
  commit(OTHER, row(1));
  await wait();
  expect([announced, vi.getTimerCount()]).toEqual([[], 0]);
});

it('messages of a core that ended are announced once, by the first of the living ones', async () => {
  commit(OTHER, row(1), row(2));
  living = [OWN, THIRD];
  await wait();
  expect(announced).toEqual([1, 2].map((seq) => ({ conversationId: 'c', seq })));
  start(THIRD);
  commit(OTHER, row(1));
  living = [OWN, THIRD];
  await wait();
  expect(announced).toEqual([]);
});

it('what a core has pushed, and what is no message that was just sent, is not announced after its end', async () => {
  commit(OTHER, row(1), row(2), row(3, { event: {} as never }), row(4, { imported: {} as never }), row(5));
  commit(THIRD, row(6));
  signal({ kind: 'pushed', conversationId: 'c', seq: 2 }, OTHER);
  signal({ kind: 'pushed', conversationId: 'c', seq: 9 }, THIRD);
  living = [OWN];
  await wait();
  expect(announced).toEqual([{ conversationId: 'c', seq: 5 }]);
});

it('a core that is missing for a moment, or a check that cannot hear, announces nothing', async () => {
  commit(OTHER, row(1));
  living = [THIRD];
  await vi.advanceTimersByTimeAsync(9_000);
  living = [OWN, THIRD];
  await vi.advanceTimersByTimeAsync(3_000);
  living = [OWN, OTHER, THIRD];
  await wait();
  expect(announced).toEqual([]);
});

it('an own message whose commit failed and is durable all the same is announced at once, and one that another stored is not', () => {
  orphans.failed([{ changes: { messages: [row(1), row(2)] } }]);
  commit(OWN, row(1));
  commit(OTHER, row(2));
  commit(OWN, row(3));
  expect(announced).toEqual([{ conversationId: 'c', seq: 1 }]);
});
