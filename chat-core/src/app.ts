import type { RequestListener } from 'node:http';
import express from 'express';
import { ownAccountRoutes } from './admin/own-account.ts';
import { createOwnerClaim, type OwnerClaim } from './admin/owners.ts';
import { ownerRoutes } from './admin/routes.ts';
import type { AuditTrail } from './audit/audit-trail.ts';
import { RequestEvents } from './audit/request-events.ts';
import type { SecurityLog } from './audit/security-log.ts';
import { createMissedCommits } from './auth/missed-commits.ts';
import { boxWordsOf } from './auth/passwords.ts';
import { authRoutes } from './auth/routes.ts';
import { authenticate } from './auth/sessions.ts';
import { createGuessLimits } from './auth/throttle.ts';
import type { Tokens } from './auth/tokens.ts';
import { type Backups, createBackups } from './backups/backups.ts';
import { backupRoutes } from './backups/routes.ts';
import type { Cipher } from './cipher/cipher.ts';
import { cachePlaintexts } from './cipher/plaintext-cache.ts';
import { meterReads } from './cipher/read-budget.ts';
import type { Config } from './config.ts';
import { ApiError } from './errors.ts';
import type { ExpirySweep } from './expiry/sweep.ts';
import { friendRoutes } from './friends/routes.ts';
import { createGroups } from './groups/group-info.ts';
import { groupRoutes } from './groups/routes.ts';
import { healthRoutes } from './health.ts';
import { authorise } from './http/access.ts';
import { mountDocs } from './http/api-docs.ts';
import { createBoxLimits } from './http/box-limits.ts';
import { createClientIpOf, inNetworks } from './http/client-ip.ts';
import { confirmedRoutes } from './http/confirmed-routes.ts';
import { createHostCheck, createHttpsCheck } from './http/host-check.ts';
import { createAcceptQueue } from './http/load-shedding/accept-queue.ts';
import { createInFlightShares } from './http/load-shedding/in-flight-shares.ts';
import { createLoadShedder } from './http/load-shedding/load-shedding.ts';
import { type Load, measureProcessLoad } from './http/load-shedding/process-load.ts';
import { createReadSlots, type PageBudgetOf } from './http/load-shedding/read-slots.ts';
import { createRefusalDelays } from './http/load-shedding/refusal-delays.ts';
import { createRateLimiter } from './http/rate-limits.ts';
import type { RequestDeps } from './http/request-deps.ts';
import type { Route } from './http/route.ts';
import { createRequestListener, guardFiles, mountFallbacks, mountRoutes } from './http/router.ts';
import { mountPage } from './http/static-files.ts';
import { recordUnhandled } from './http/unhandled.ts';
import { inviteRoutes } from './invites/routes.ts';
import type { Log } from './log.ts';
import { createMessaging } from './messaging.ts';
import type { Provider } from './oidc/provider.ts';
import { oidcRoutes } from './oidc/routes.ts';
import { createChallenges } from './passkeys/challenges.ts';
import { relyingPartyOf } from './passkeys/relying-party.ts';
import { passkeyRoutes } from './passkeys/routes.ts';
import { createProfiles } from './people/public-profile.ts';
import { peopleRoutes } from './people/routes.ts';
import type { Presence } from './presence/presence.ts';
import { pushHosts } from './push/endpoint.ts';
import { createPushClient, type SendPush } from './push/push-client.ts';
import { type Delay, Pushes } from './push/pushes.ts';
import { pushRoutes } from './push/routes.ts';
import type { PushKey } from './push/vapid-key.ts';
import { resealInBackground } from './resealing/background.ts';
import { RecentTexts } from './search/recent-texts.ts';
import { secondFactorRoutes } from './second-factor/routes.ts';
import { factorIdOf } from './second-factor/set-up.ts';
import { createTickets } from './second-factor/tickets.ts';
import { serverInfoRoutes } from './server-info.ts';
import { openSettings } from './settings.ts';
import type { Store } from './storage/store.ts';
import { createSync } from './sync/create-sync.ts';
import { syncRoutes } from './sync/routes.ts';
import { createWatching, type Watching } from './watching/create-watching.ts';

export type Parts = {
  config: Config;
  store: Store;
  cipher: Cipher;
  tokens: Tokens;
  pushKey: PushKey;
  log: Log;
  /** Where security events are recorded, and where they are stored. */
  securityLog: SecurityLog;
  trail?: AuditTrail;
  /** Makes the first owner. */
  ownerClaim?: OwnerClaim;
  /** What is known of the nightly backups; tests pass their own. */
  backups?: Backups;
  /** Whether the process is about to stop. */
  isStopping?: () => boolean;
  /** The load of this process, its queue included, and the number of requests handled at once; tests pass their own. */
  processLoad?: Load;
  maxInFlight?: number;
  /** The provider of logins; tests pass their own. */
  provider?: Provider;
  /** Monotonic milliseconds, for typing and presence. */
  stopwatch?: () => number;
  /** How pushes are sent, and how long after a message; tests pass their own. */
  push?: { send: SendPush; delay: Delay; checkMs?: number };
};

/** Wires chat-core. Express tries the routes in their order, so the most frequent come first. */
export function createApp({ config, store, tokens, log, ...parts }: Parts): {
  app: RequestListener;
  routes: Route[];
  presence: Presence;
  watching: Watching;
  /** Empties expired messages; it is not started. */
  expirySweep: ExpirySweep;
  /** Removes plain texts from the cache. */
  forget: Cipher['forget'];
  /** Answers all held polls, holds no more, and sends no more pushes; ends the work in the background. */
  endPolls: () => void;
} {
  const rateLimiter = createRateLimiter(config.rates);
  const cipher = meterReads(
    config.plaintextCache ? cachePlaintexts(parts.cipher, store) : parts.cipher,
    (accountId, kib) => rateLimiter.consume('reads', accountId, kib),
  );
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');

  const clock = store.time.now;
  const backups = parts.backups ?? createBackups();
  const settings = openSettings(config, store);
  const { live } = settings;
  const tickets = createTickets(tokens.deriveKey('reauthentication'), clock, (userId) =>
    factorIdOf(store.signedIn(userId)?.secondFactor),
  );
  const sessions = {
    store,
    tokens,
    clock,
    maxSessionMs: config.maxSessionMs,
    boxWords: boxWordsOf(config.publicUrl),
    requiresFactor: ({ owner }: { owner?: true }) =>
      live.secondFactor === 'required' || (live.secondFactor === 'owners' && owner === true),
  };
  const passkeys = {
    relyingParty: relyingPartyOf(config),
    challenges: createChallenges(tokens.deriveKey('passkey-challenge'), clock),
  };
  const boxLimits = createBoxLimits(rateLimiter, config.rates, store.counters);
  const guesses = createGuessLimits(sessions, boxLimits, config.rates);
  const acceptQueue = createAcceptQueue();
  const processLoad = parts.processLoad ?? measureProcessLoad({ loop: config.rates !== undefined });
  // Tests turn rate limits off, or pass a load; on a slow machine the queue grows without any overload.
  const isQueueCounted = config.rates !== undefined && parts.processLoad === undefined;
  const processLoads = isQueueCounted ? [processLoad, acceptQueue.load] : [processLoad];
  const { maxInFlight } = parts;
  const loadShedder = createLoadShedder({ processLoads, queueLoads: [cipher.load], maxInFlight }, log);
  const profiles = createProfiles(store, cipher, config.plaintextCache);
  const groups = createGroups({ store, cipher, profiles }, config.plaintextCache);
  const readSlots = createReadSlots((accountId) => rateLimiter.check('reads', accountId));
  const pageBudgetOf: PageBudgetOf = (accountId) => ({
    require: () => rateLimiter.check('reads', accountId),
    count: (bytes) => rateLimiter.count('reads', accountId, bytes / 1024),
  });
  const sync = createSync({
    store,
    cipher,
    profiles,
    groups,
    load: loadShedder.load,
    countLoad: (userId) => rateLimiter.consume('loads', userId),
    readSlots,
    pageBudgetOf,
    maxHeldPolls: config.maxHeldPolls,
    clock,
    stopwatch: parts.stopwatch,
  });
  const { pushKey, push = { send: createPushClient() } } = parts;
  const pushes = new Pushes({
    store,
    cipher,
    profiles,
    groups,
    receipts: sync.receipts,
    presence: sync.presence,
    clock,
    securityLog: parts.securityLog,
    key: pushKey,
    contact: config.pushContact,
    hosts: pushHosts(config.pushHosts),
    ...push,
  });
  const heldPolls = () => sync.longPolls.size;
  const watching = createWatching({ ...parts, config, store, cipher, pushes, log, heldPolls, backups });
  const messaging = createMessaging({
    store,
    cipher,
    uncachedCipher: parts.cipher,
    searchTexts: config.plaintextCache ? new RecentTexts() : undefined,
    groups,
    box: live,
    limits: rateLimiter,
    readSlots,
    pageBudgetOf,
    onStored: (row, members) => pushes.schedule(row, members),
    isCrossOrigin: config.corsOrigins.size > 0,
    addressKey: tokens.deriveKey('file-address'),
    log,
  });
  const endResealing = resealInBackground({ store, cipher, log });
  const listed = authorise([
    ...syncRoutes(sync),
    ...messaging.routes,
    ...groupRoutes(
      {
        store,
        cipher,
        groups,
        clock,
        groupLimit: config.groupLimit,
        unreadOf: (...of) => sync.receipts.unreadOf(...of),
      },
      rateLimiter,
    ),
    ...inviteRoutes({ store, clock }, boxLimits),
    ...friendRoutes({ store, profiles, box: live, clock, onBlockingChange: sync.blockingChanged }),
    ...peopleRoutes({ store, cipher, profiles, clock, onPrivacyChange: sync.privacyChanged }),
    ...authRoutes({ ...sessions, ...passkeys, cipher, tickets }, boxLimits, guesses, live),
    ...secondFactorRoutes({
      ...passkeys,
      store,
      cipher,
      limits: boxLimits,
      guesses,
      tickets,
      wall: store.time.wall,
      requiresFactor: sessions.requiresFactor,
    }),
    ...oidcRoutes({
      ...sessions,
      ...config,
      box: live,
      settings: config.oidc,
      provider: parts.provider,
      tickets,
      factors: { ...passkeys, cipher, limits: boxLimits, wall: store.time.wall },
      securityLog: parts.securityLog,
    }),
    ...passkeyRoutes({ ...sessions, ...passkeys, tickets, limits: boxLimits }),
    ...pushRoutes(store, pushes, pushKey.publicKey),
    ...ownAccountRoutes({ store, cipher, tickets }),
    ...ownerRoutes({
      store,
      cipher,
      clock,
      tickets,
      settings,
      watching,
      claim: parts.ownerClaim ?? createOwnerClaim(),
      resetKey: tokens.deriveKey('reset-code'),
      securityLog: parts.securityLog,
      trail: parts.trail,
    }),
    ...backupRoutes({ backups, securityLog: parts.securityLog }),
    ...serverInfoRoutes(config, live, store),
    ...healthRoutes(cipher, store, config.dataDir, parts.isStopping),
  ]);
  const routes = confirmedRoutes(listed, store);
  const isTrusted = inNetworks(config.trustedProxies.map(({ network }) => network));
  const deps: RequestDeps = {
    authenticate: (token) => authenticate(sessions, token),
    freshness: store.freshness,
    missedCommits: createMissedCommits(sessions),
    verifyToken: tokens.verify,
    requireOwner: ({ userId, needsFactor }) => {
      if (needsFactor) throw new ApiError('SECOND_FACTOR_MISSING');
      const account = store.signedIn(userId);
      if (!account?.owner) throw new ApiError('NOT_OWNER');
      if (sessions.requiresFactor(account) && !account.secondFactor)
        throw new ApiError('SECOND_FACTOR_MISSING');
    },
    rateLimiter,
    loadShedder,
    shares: config.rates && createInFlightShares(maxInFlight),
    refusalDelays: createRefusalDelays(),
    isDiskFull: () => store.isFull(),
    acceptQueue,
    clientIpOf: createClientIpOf({ ...config, warn: (message, details) => log.warn(details, message) }),
    headerPolicy: { corsOrigins: config.corsOrigins, isHttps: createHttpsCheck({ ...config, isTrusted }) },
    checkHost: createHostCheck({ ...config, isTrusted }),
    log,
    stats: watching.requestStats,
    events: new RequestEvents(
      parts.securityLog,
      async (claim) =>
        ('id' in claim ? await store.account(claim.id) : await store.accountByName(claim.username))?.id,
    ),
  };
  mountRoutes(app, routes, deps);
  app.use(guardFiles(deps));
  if (config.apiDocs) mountDocs(app, routes);
  if (config.frontendDir) mountPage(app, config.frontendDir);
  recordUnhandled(app, deps);
  mountFallbacks(app, deps);
  return {
    app: createRequestListener(app, routes, deps),
    routes,
    presence: sync.presence,
    watching,
    expirySweep: messaging.expirySweep,
    forget: cipher.forget,
    endPolls: () => {
      sync.close();
      endResealing();
      messaging.close();
      pushes.close();
    },
  };
}
