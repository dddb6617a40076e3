import type { Figures } from '../figures/box-figures.ts';
import type { AlertCode } from './alert-texts.ts';
import type { Moment, Rule } from './rules.ts';

const DAY_MS = 24 * 3_600_000;

/** An alert that is on; `since` by the wall clock, in epoch milliseconds. */
export type ActiveAlert = { code: AlertCode; since: number };
/** A message to the owner: an alert began, or its cause has ended. */
export type AlertMessage = ActiveAlert & { hasEnded: boolean };

/** Monotonic milliseconds, except `since`. `isNotified`: the owner knows of the alert, and not yet of its end. */
type State = { wrongSince?: number; since?: number; notifiedAt?: number; isNotified: boolean };

/**
 * Which alerts are on, by the rules, and which messages go to the owner: of each rule at most one alert a day, and for each
 * the end of its cause once. In memory: a restart forgets both, and an alert that is still on is sent again.
 */
export class Alerts {
  private readonly rules: readonly Rule[];
  private readonly states: Map<AlertCode, State>;

  constructor(rules: readonly Rule[]) {
    this.rules = rules;
    this.states = new Map(rules.map(({ code }) => [code, { isNotified: false }]));
  }

  active(): ActiveAlert[] {
    return [...this.states].flatMap(([code, { since }]) => (since === undefined ? [] : [{ code, since }]));
  }

  /** Looks at the figures of a minute. @returns the messages to send now */
  evaluate(figures: Figures, moment: Moment): AlertMessage[] {
    return this.rules.flatMap((rule) => {
      const state = this.states.get(rule.code) as State;
      if (state.since === undefined) this.begin(rule, state, figures, moment);
      else if (rule.isRight(figures, moment)) return this.end(rule.code, state);
      return this.notify(rule.code, state, figures.at);
    });
  }

  private begin(rule: Rule, state: State, figures: Figures, moment: Moment): void {
    if (!rule.isWrong(figures, moment)) {
      delete state.wrongSince;
      return;
    }
    state.wrongSince ??= figures.at;
    const wrongMs = figures.at - state.wrongSince;
    if (wrongMs >= rule.afterMs) state.since = moment.wall - wrongMs;
  }

  private notify(code: AlertCode, state: State, at: number): AlertMessage[] {
    const { since, notifiedAt = Number.NEGATIVE_INFINITY } = state;
    if (since === undefined || state.isNotified || at - notifiedAt < DAY_MS) return [];
    Object.assign(state, { notifiedAt: at, isNotified: true });
    return [{ code, since, hasEnded: false }];
  }

  private end(code: AlertCode, state: State): AlertMessage[] {
    const { since = 0, isNotified } = state;
    delete state.since;
    delete state.wrongSince;
    state.isNotified = false;
    return isNotified ? [{ code, since, hasEnded: true }] : [];
  }
}
