import type { Plugin } from 'vite';

const START = '/src/start.ts';
const MAIN = '/src/main.ts';
type Graph = { getModuleInfo(id: string): { importers: readonly string[] } | null };

/**
 * The two eager chunks: `start` with all its static imports, and `main` with the rest of its own. Lazy modules keep
 * chunks of their own. Without these groups the bundler makes another chunk of what two chunks share.
 */
export const eagerGroups = [group('start', START, 2), group('main', MAIN, 1)];

/**
 * What two or more lazy modules share: by itself the bundler makes a chunk of each combination. The login is one of
 * those that need forms, so a person who signs in loads one chunk.
 */
export const sharedGroups = [
  {
    name: 'login',
    test: /\/ui\/(form\/(form|field)|entry\/(login|entry-page)(\.lazy)?)\.ts$/,
    priority: 0.9,
  },
  { name: 'voice', test: /\/ui\/voice\//, minShareCount: 2, priority: 0.5 },
  { name: 'shared', minShareCount: 2, priority: 0 },
];

function group(debugName: string, entry: string, priority: number) {
  const name = (id: string, graph: Graph) => (isImportedBy(entry, id, graph) ? debugName : null);
  return { debugName, name, priority };
}

/** Whether an entry imports a module statically, directly or indirectly. */
function isImportedBy(entry: string, id: string, graph: Graph, seen = new Set<string>()): boolean {
  if (id.endsWith(entry)) return true;
  if (seen.has(id)) return false;
  seen.add(id);
  return graph.getModuleInfo(id)?.importers.some((from) => isImportedBy(entry, from, graph, seen)) ?? false;
}

/**
 * Makes the browser fetch both eager chunks in parallel, since the document names them both. Nothing is drawn before
 * `start` has set the theme.
 */
export function preloadMain(): Plugin {
  return {
    name: 'bisik-preload',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const main = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(MAIN));
        if (!main) throw new Error('the page has no script');
        const names = [main.fileName, ...main.imports].filter((name) => !html.includes(name));
        const tags = names.map((name) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `/${name}` },
          injectTo: 'head' as const,
        }));
        return { html: html.replace('<script type="module"', '$& blocking="render"'), tags };
      },
    },
  };
}

const HELPER = '\0vite/preload-helper.js';
/** Loads the styles of a lazy chunk before its script, except those of the document; a failed load can be repeated. */
const STYLE_LOADER = `
const loading = {};
const addStyle = (file) => (loading[file] ??= new Promise((done, fail) => {
  const href = '/' + file;
  if (document.querySelector('link[href="' + href + '"]')) return done();
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  link.onload = done;
  link.onerror = () => {
    delete loading[file];
    link.remove();
    fail(Error(file));
  };
  document.head.append(link);
}));
export const __vitePreload = (load, files = []) => Promise.all(files.map(addStyle)).then(load);
`;

/** Replaces the helper that Vite wraps around each dynamic import: it is larger, since it also preloads scripts. */
export function loadLazyStyles(): Plugin {
  return {
    name: 'bisik-lazy-styles',
    apply: 'build',
    enforce: 'pre',
    load: (id) => (id === HELPER ? STYLE_LOADER : null),
  };
}
