import { Durations } from '../durations.ts';

type NamedRoute = { method: string; path: string };
/** The answers of one route: how many of each status, and how long the box worked on them. */
export type RouteStats = { name: string; byStatus: Map<number, number>; durations: Durations };

/** What is no route of the API: files of the page, the API document, unknown paths. */
export const OTHER_REQUESTS: NamedRoute = { method: '', path: 'other' };

/** Counts answers by the pattern of their route, never by a path: its values would be without end, and name people. */
export class RequestStats {
  private readonly byRoute = new Map<NamedRoute, RouteStats>();

  /** @param ms milliseconds of work, without the time in which the request waited for its body or for a change */
  record(route: NamedRoute, status: number, ms: number): void {
    let stats = this.byRoute.get(route);
    if (!stats) {
      const name = `${route.method.toUpperCase()} ${route.path}`.trim();
      stats = { name, byStatus: new Map(), durations: new Durations() };
      this.byRoute.set(route, stats);
    }
    stats.byStatus.set(status, (stats.byStatus.get(status) ?? 0) + 1);
    stats.durations.record(ms);
  }

  routes(): RouteStats[] {
    return [...this.byRoute.values()];
  }
}

/** How long the box works on one request. */
export class RequestTimer {
  private readonly startedMs = performance.now();
  private heldMs = 0;

  /** The milliseconds since the request began, without those in which it was held. */
  workedMs(): number {
    return performance.now() - this.startedMs - this.heldMs;
  }

  /** Awaits a promise whose time is no work: an arriving body, a held poll. */
  async hold<T>(waiting: Promise<T>): Promise<T> {
    const fromMs = performance.now();
    try {
      return await waiting;
    } finally {
      this.heldMs += performance.now() - fromMs;
    }
  }
}
