import type { RequestListener } from 'node:http';
import express from 'express';
import { authRoutes } from './auth/routes.ts';
import type { Tokens } from './auth/tokens.ts';
import type { Cipher } from './cipher/cipher.ts';
import { rememberTexts } from './cipher/plaintext-cache.ts';
import type { Config } from './config.ts';
import { ApiError } from './errors.ts';
import { friendRoutes } from './friends/routes.ts';
import { healthRoutes } from './health.ts';
import { mountDocs } from './http/api-docs.ts';
import { openAddresses } from './http/client-ip.ts';
import { fail } from './http/fail.ts';
import { openFront } from './http/fast-path.ts';
import { setHeaders } from './http/headers.ts';
import { openTurns } from './http/load-shedding/accept-queue.ts';
import { guardRest, openAdmission } from './http/load-shedding/load-shedding.ts';
import { type Pressure, processPressure } from './http/load-shedding/process-load.ts';
import { mountPage } from './http/page.ts';
import { openLimits } from './http/rate-limits.ts';
import type { Route } from './http/route.ts';
import { mount } from './http/router.ts';
import { inviteRoutes } from './invites/routes.ts';
import type { Log } from './log.ts';
import { messageRoutes } from './messages/routes.ts';
import { muteRoute } from './people/mute-route.ts';
import { openPeople } from './people/people.ts';
import { peopleRoutes } from './people/routes.ts';
import { Looking } from './presence/viewing.ts';
import { createPost, type Post } from './push/push-client.ts';
import { type Later, Pushes } from './push/pushes.ts';
import { pushRoutes } from './push/routes.ts';
import type { PushKey } from './push/vapid-key.ts';
import { boxRoutes } from './server-info.ts';
import type { Store, StoredMessage } from './storage/store.ts';
import { openSync } from './sync/create-sync.ts';
import { syncRoutes } from './sync/routes.ts';

export type Parts = {
  config: Config;
  store: Store;
  cipher: Cipher;
  tokens: Tokens;
  pushKey: PushKey;
  log: Log;
  /** The strain of this process and the requests it works on at once; tests have their own. */
  strain?: Pressure;
  mostUnderWay?: number;
  /** Milliseconds that only ever go on, for typing and presence. */
  stopwatch?: () => number;
  /** How letters reach push services, and how long a message waits before; tests have their own. */
  push?: { post: Post; later: Later; checkMs?: number };
  looking?: Looking;
};

/** Everything this service answers, in the order it is looked for: the hottest first. */
export function createApp({ config, store, tokens, log, ...parts }: Parts): {
  app: RequestListener;
  routes: Route[];
  /** Answers the polls that wait, lets no more wait, and sends no more pushes. */
  endPolls: () => void;
} {
  const cipher = config.plaintextCache ? rememberTexts(parts.cipher) : parts.cipher;
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');

  const clock = store.time.now;
  const sessions = { store, tokens, clock };
  const limits = openLimits(config.rates);
  const strain = parts.strain ?? processPressure({ loop: config.rates !== undefined });
  const turns = openTurns();
  // A slow test machine is behind without being overloaded.
  const strains = config.rates ? [strain, turns.pressure] : [strain];
  const admission = openAdmission({ strains, queues: [cipher.load], most: parts.mostUnderWay }, log);
  const { corsOrigins } = config;
  const people = openPeople(store, cipher, config.plaintextCache);
  const { pressure } = admission;
  const mostHeld = config.maxHeldPolls;
  const sync = openSync({ store, cipher, people, pressure, mostHeld, clock, stopwatch: parts.stopwatch });
  const { pushKey, push = { post: createPost() }, looking = new Looking() } = parts;
  const pushes = new Pushes({
    store,
    cipher,
    people,
    marks: sync.marks,
    clock,
    looking,
    log,
    key: pushKey,
    contact: config.pushContact,
    ...push,
  });
  const stored = (row: StoredMessage) => pushes.told(row);
  const routes = [
    ...syncRoutes(sync, looking),
    ...messageRoutes({ store, cipher, editMs: config.editMs, stored }),
    ...inviteRoutes({ store, clock }, limits),
    ...friendRoutes({ store, people, friendship: config.friendship, clock }),
    ...peopleRoutes({ store, cipher, people, onSwitch: sync.switched }),
    muteRoute({ store, clock }),
    ...authRoutes(sessions, limits, config.registration),
    ...pushRoutes(store, pushes, pushKey.publicKey),
    ...boxRoutes(config),
    ...healthRoutes(cipher, store),
  ];
  const addressOf = openAddresses({ ...config, warn: (message, details) => log.warn(details, message) });
  const door = { sessions, limits, admission, turns, corsOrigins, log, addressOf };
  mount(app, routes, door);
  app.use(guardRest(admission));
  if (config.apiDocs) mountDocs(app, routes);
  if (config.frontendDir) mountPage(app, config.frontendDir);

  app.use((request, response) => {
    setHeaders(request, response, corsOrigins);
    fail(log, 'unknown', response, new ApiError('NOT_FOUND'));
  });
  // Express tells an error handler from a middleware by its four parameters.
  app.use(
    (error: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      setHeaders(_request, response, corsOrigins);
      fail(log, 'express', response, error);
    },
  );
  return {
    app: openFront(app, routes, door),
    routes,
    endPolls: () => {
      sync.end();
      pushes.close();
    },
  };
}
