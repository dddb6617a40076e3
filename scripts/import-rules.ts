import { dirname, join, normalize } from 'node:path/posix';

/** The text of each source file, by its path from the root of the repository. */
export type Sources = ReadonlyMap<string, string>;
type Import = { target: string; isType: boolean };

/**
 * The layers, lowest first: a file imports from its own layer and from those below, type-only imports included. An entry
 * is a folder, or a file without its extension.
 */
const LAYERS: Record<string, string[][]> = {
  'chat-core/src': [
    [
      'wire',
      'errors',
      'config',
      'oidc-settings',
      'watching-settings',
      'rates',
      'log',
      'audit',
      'clock',
      'off-time',
      'durations',
      'node-options',
      'thread-pool',
      'garbage-collection',
      'command-form',
      'key-file',
      'key-watch',
      'setting-files',
      'files-settings',
      'codes',
    ],
    ['storage', 'cipher'],
    ['resealing', 'settings'],
    ['http'],
    ['conversations'],
    ['friends', 'people'],
    ['invites', 'groups'],
    ['auth', 'second-factor', 'passkeys'],
    ['oidc'],
    ['messages', 'attachments', 'chats', 'expiry', 'reactions', 'polls', 'search', 'imports'],
    ['sync', 'presence', 'push'],
    ['watching', 'backups', 'account-export'],
    ['admin', 'health', 'server-info', 'security-log', 'messaging', 'app'],
    ['commands', 'main'],
  ],
  'chat-core/src/storage/lowdb': [
    ['disk'],
    ['storage-key', 'control-seal'],
    ['pages', 'state'],
    ['journal'],
    ['maintenance'],
    ['control-socket', 'lowdb-store'],
    ['repair'],
  ],
  'chat-frontend/src': [
    ['ids', 'clock', 'deadline', 'blank', 'key-value-store', 'env', 'assets'],
    ['api', 'i18n', 'theme', 'router', 'navigation'],
    ['state'],
    ['local-db'],
    ['connection', 'outbox', 'sync', 'session', 'import'],
    ['notifications', 'service-worker'],
    ['ui'],
    ['actions', 'account-actions', 'main', 'start'],
  ],
};

/** The files that put the routes of all features together. */
const MOUNTS_ROUTES = new Set(['chat-core/src/app.ts', 'chat-core/src/messaging.ts']);

/** Packages that only some files may import: features do not depend on how they are served or stored. */
const PACKAGES: Record<string, string[]> = {
  express: ['chat-core/src/app.ts', 'chat-core/src/http/'],
  'openid-client': ['chat-core/src/oidc/'],
  '@simplewebauthn/server': ['chat-core/src/passkeys/'],
  otpauth: ['chat-core/src/second-factor/'],
  'swagger-ui-express': ['chat-core/src/http/'],
  lowdb: ['chat-core/src/storage/lowdb/'],
  pg: ['chat-core/src/storage/postgres/'],
  aws4fetch: ['chat-core/src/storage/s3/'],
  'prom-client': ['chat-core/src/watching/'],
  'node-forge': ['cipher-service/src/pki.ts'],
};

/** Files that one workspace may import from another: the types of the messages between them. */
const SHARED: Record<string, RegExp> = {
  'chat-core/src': /^cipher-service\/src\/wire\.ts$/,
  'chat-frontend/src': /^chat-core\/src\/(wire\/.+|wire\.ts|errors\.ts)$/,
  'cipher-service/src': /^$/,
};

/** All violations of the import rules, a sentence each. Tests are exempt. */
export function brokenImportRules(sources: Sources): string[] {
  const files = [...sources.keys()].filter(
    (path) => /\.ts$/.test(path) && !/\.(test|contract)\.ts$/.test(path),
  );
  const graph = new Map(files.map((path) => [path, importsOf(path, sources.get(path) ?? '')]));
  return [...graph]
    .flatMap(([path, imports]) => imports.flatMap((one) => brokenRule(path, one)))
    .concat(cyclesOf(graph).map((cycle) => `${cycle.join(' → ')} import each other`));
}

function importsOf(path: string, text: string): Import[] {
  const statements = text.matchAll(
    /(?:^|\n)\s*(import|export)\s+(type\s)?[^;'"]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
  );
  return [...statements].map(([, , type, from, dynamic, bare]) => {
    const target = from ?? dynamic ?? bare ?? '';
    return {
      target: target.startsWith('.') ? normalize(join(dirname(path), target)) : target,
      isType: type !== undefined,
    };
  });
}

function brokenRule(path: string, { target, isType }: Import): string[] {
  const workspace = Object.keys(SHARED).find((one) => path.startsWith(`${one}/`));
  if (!workspace) return [];
  const name = /^(@[^/]+\/)?[^/]+/.exec(target)?.[0] ?? '';
  const allowed = PACKAGES[name];
  if (allowed && !allowed.some((place) => path.startsWith(place)))
    return [`${path} imports ${name}, which belongs to ${allowed.join(' and ')}`];
  if (workspace === 'chat-frontend/src' && target.startsWith('node:'))
    return [`${path} runs in a browser and imports ${target}`];
  if (!target.includes('/src/')) return [];
  if (!target.startsWith(`${workspace}/`)) {
    if (SHARED[workspace]?.test(target) && isType) return [];
    return [`${path} imports ${target} of another workspace; only the types of its wire are shared`];
  }
  if (
    path.startsWith('chat-core/src/') &&
    target.endsWith('/routes.ts') &&
    !MOUNTS_ROUTES.has(path) &&
    dirname(path) !== dirname(target)
  )
    return [`${path} imports ${target}: a feature calls another by its verbs, never its routes`];
  if (
    /^chat-core\/src\/(?!storage\/|main\.ts|commands\/|admin\/)/.test(path) &&
    target.startsWith('chat-core/src/storage/lowdb/')
  )
    return [`${path} imports ${target}: features know the storage port, never a backend`];
  const screen = /^chat-frontend\/src\/ui\/(conversation|chats|people|settings|entry)\//;
  const [, from] = screen.exec(path) ?? [];
  const [, to] = screen.exec(target) ?? [];
  if (from && to && from !== to) return [`${path} imports ${target}: a screen imports no other screen`];
  return Object.entries(LAYERS).flatMap(([root, layers]) => {
    if (!path.startsWith(`${root}/`) || !target.startsWith(`${root}/`)) return [];
    const [own, other] = [layerOf(path, root, layers), layerOf(target, root, layers)];
    if (own < 0) return [`${path} stands in no layer of ${root}`];
    return other > own ? [`${path} imports ${target}, which stands above it`] : [];
  });
}

function layerOf(path: string, root: string, layers: string[][]): number {
  const rest = path.slice(root.length + 1);
  return layers.findIndex((layer) =>
    layer.some((name) => rest === `${name}.ts` || rest === `${name}.d.ts` || rest.startsWith(`${name}/`)),
  );
}

/** Groups of files that import each other (Tarjan 1972). */
function cyclesOf(graph: Map<string, Import[]>): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const visit = (path: string) => {
    index.set(path, index.size);
    low.set(path, index.get(path) as number);
    stack.push(path);
    for (const { target } of graph.get(path) ?? []) {
      if (!graph.has(target)) continue;
      if (!index.has(target)) visit(target);
      if (stack.includes(target)) low.set(path, Math.min(low.get(path) as number, low.get(target) as number));
    }
    if (low.get(path) !== index.get(path)) return;
    const group = stack.splice(stack.indexOf(path));
    if (group.length > 1) cycles.push(group);
  };
  for (const path of graph.keys()) if (!index.has(path)) visit(path);
  return cycles;
}
