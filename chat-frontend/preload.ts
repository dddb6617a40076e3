import type { Plugin } from 'vite';

const START = '/src/start.ts';
const MAIN = '/src/main.ts';
type Graph = { getModuleInfo(id: string): { importers: readonly string[] } | null };

/**
 * The files that are needed at once: `start` with all it imports, and `main` with the rest of what that imports. Other
 * modules stay in the part that is their own. Left to itself, the bundler makes a file of all that two parts share.
 */
export const atOnce = [group('start', START, 2), group('main', MAIN, 1)];

function group(debugName: string, entry: string, priority: number) {
  const name = (id: string, graph: Graph) => (isUnder(entry, id, graph) ? debugName : null);
  return { debugName, name, priority };
}

/** Whether a module is reached from an entry without waiting: by imports that are not dynamic. */
function isUnder(entry: string, id: string, graph: Graph, seen = new Set<string>()): boolean {
  if (id.endsWith(entry)) return true;
  if (seen.has(id)) return false;
  seen.add(id);
  return graph.getModuleInfo(id)?.importers.some((from) => isUnder(entry, from, graph, seen)) ?? false;
}

/**
 * Has the browser fetch the page's script beside the small one that starts it: the document names them both, so that
 * neither waits for the other. And nothing is drawn before the starting one has said in which theme.
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
