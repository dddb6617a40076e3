import type { Id } from '../wire/wire.ts';

/** A held poll is answered for presence alone at most so often; what changes meanwhile comes with it. */
const WAKE_EVERY_MS = 5000;

/** Answers people's held polls, each person's at most so often. Times in milliseconds that only ever go on. */
export class Waking {
  private readonly answer: (users: Id[]) => void;
  /** When held polls were last answered, and those who are to be when that is long enough ago. */
  private readonly woken = new Map<Id, number>();
  private readonly waiting = new Set<Id>();

  /** `answer` answers the held polls of these people. */
  constructor(answer: (users: Id[]) => void) {
    this.answer = answer;
  }

  /** Nobody waits, and nobody was answered lately. */
  get isIdle(): boolean {
    return this.woken.size + this.waiting.size === 0;
  }

  /** Answers those whose last answer is long enough ago; the others at a later sweep. */
  wake(users: Id[], now: number): void {
    const due = users.filter((id) => !this.woken.has(id));
    for (const id of users) if (this.woken.has(id)) this.waiting.add(id);
    for (const id of due) this.woken.set(id, now);
    this.answer(due);
  }

  /** Answers those who have waited long enough. */
  sweep(now: number): void {
    for (const [id, at] of this.woken) if (now - at >= WAKE_EVERY_MS) this.woken.delete(id);
    const due = [...this.waiting].filter((id) => !this.woken.has(id));
    for (const id of due) this.waiting.delete(id);
    if (due.length > 0) this.wake(due, now);
  }
}
