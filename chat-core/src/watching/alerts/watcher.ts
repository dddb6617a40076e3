import type { EventName } from '../../audit/events.ts';
import type { SecurityLog } from '../../audit/security-log.ts';
import type { Log } from '../../log.ts';
import type { Pushes } from '../../push/pushes.ts';
import type { Store } from '../../storage/store.ts';
import type { BoxFigures } from '../figures/box-figures.ts';
import { alertText } from './alert-texts.ts';
import { type ActiveAlert, type AlertMessage, Alerts } from './alerts.ts';
import { RULES } from './rules.ts';

export const TICK_MS = 60_000;
/** Refused logins are counted over so many minutes. */
const LOGIN_WINDOW = 10;
const REFUSED: readonly EventName[] = ['login-failed', 'login-throttled'];

export type WatcherDeps = {
  figures: Pick<BoxFigures, 'read' | 'endPeriod'>;
  securityLog: Pick<SecurityLog, 'counts'>;
  store: Pick<Store, 'allIds' | 'signedIn'>;
  pushes: Pick<Pushes, 'alert'>;
  posts: { send(message: AlertMessage): void; close(): void };
  log: Pick<Log, 'warn' | 'info' | 'error'>;
  /** Epoch milliseconds by the wall clock. */
  wall: () => number;
};

/** Looks at the box each minute and sends alerts to its owners. Writes nothing to the disk. */
export class Watcher {
  private readonly deps: WatcherDeps;
  private readonly alerts = new Alerts(RULES);
  /** Refused logins since the start, as they were in each of the last minutes. */
  private readonly refused: number[] = [];
  private startedAt: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(deps: WatcherDeps) {
    this.deps = deps;
  }

  start(): void {
    this.timer ??= setInterval(() => {
      this.tick().catch((error) => this.deps.log.error({ err: error }, 'the box could not be watched'));
    }, TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
    this.deps.posts.close();
  }

  active(): ActiveAlert[] {
    return this.alerts.active();
  }

  /** One minute: reads the figures, and sends what has begun or ended. */
  async tick(): Promise<void> {
    const { figures, wall } = this.deps;
    const read = await figures.read();
    figures.endPeriod();
    this.startedAt ??= read.at;
    const moment = { wall: wall(), upMs: read.at - this.startedAt, refusedLogins: this.refusedLogins() };
    for (const message of this.alerts.evaluate(read, moment)) this.send(message);
  }

  private send(message: AlertMessage): void {
    const { store, pushes, posts, log } = this.deps;
    const { code, hasEnded } = message;
    const text = alertText(code, hasEnded);
    log[hasEnded ? 'info' : 'warn']({ alert: code, hasEnded }, text.en);
    for (const id of store.allIds().accounts)
      if (store.signedIn(id)?.owner) pushes.alert(id, { type: 'alert', code, text });
    posts.send(message);
  }

  private refusedLogins(): number {
    const counts = this.deps.securityLog.counts();
    const total = REFUSED.reduce((sum, event) => sum + (counts[event] ?? 0), 0);
    const before = this.refused.length < LOGIN_WINDOW ? 0 : this.refused.shift();
    this.refused.push(total);
    return total - (before ?? 0);
  }
}
