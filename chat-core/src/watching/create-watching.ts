import type { SecurityLog } from '../audit/security-log.ts';
import { RequestStats } from '../http/request-stats.ts';
import type { Log } from '../log.ts';
import type { Pushes } from '../push/pushes.ts';
import type { Store } from '../storage/store.ts';
import { createAlertPosts } from './alerts/alert-posts.ts';
import { Watcher } from './alerts/watcher.ts';
import { BoxFigures, type FiguresDeps } from './figures/box-figures.ts';

/** What watches a box: its figures, the counts of its requests, and the alerts to its owners. Nothing runs before it is started. */
export type Watching = { figures: BoxFigures; watcher: Watcher; requestStats: RequestStats; pushes: Pushes };

export function createWatching({
  store,
  pushes,
  securityLog,
  log,
  ...deps
}: FiguresDeps & { store: Store; pushes: Pushes; securityLog: SecurityLog; log: Log }): Watching {
  const figures = new BoxFigures({ ...deps, store });
  const posts = createAlertPosts(deps.config.watching, { log });
  const watcher = new Watcher({ figures, securityLog, store, pushes, posts, log, wall: store.time.wall });
  return { figures, watcher, requestStats: new RequestStats(), pushes };
}
