import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';

const SOURCE = join(import.meta.dirname, 'src', 'service-worker', 'worker.ts');
/** Files for the CDN, and the worker itself: the worker does not cache them. */
const NOT_CACHED = ['vercel.json', '_headers', 'sw.js'];

/** Writes the service worker, sw.js, with the version of this build and the list of its files. */
export function writeWorker(apiBase: string | undefined): Plugin {
  let publicDir = '';
  return {
    name: 'bisik-worker',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      publicDir = config.publicDir;
    },
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const generated = Object.values(bundle).map((file): [string, string | Uint8Array] => [
          file.fileName,
          file.type === 'chunk' ? file.code : file.source,
        ]);
        const copied = filesBelow(publicDir).map((name): [string, Uint8Array] => [
          name,
          readFileSync(join(publicDir, name)),
        ]);
        const cached = [...generated, ...copied]
          .filter(([name]) => !NOT_CACHED.includes(name))
          .sort(([a], [b]) => (a < b ? -1 : 1));
        const html = cached.find(([name]) => name === 'index.html')?.[1].toString() ?? '';
        const [, entry] = html.match(/<script[^>]* src="([^"]+)"/) ?? [];
        if (!entry) throw new Error('the page has no script');
        const paths = cached.map(([name]) => `/${name}`).filter((path) => path !== '/index.html');
        const hash = createHash('sha256');
        for (const [name, content] of cached) hash.update(`${name}\n`).update(content);
        const source = await compileWorker(apiBase, {
          version: hash.digest('hex').slice(0, 12),
          files: ['/', ...paths],
          entry,
        });
        this.emitFile({ type: 'asset', fileName: 'sw.js', source });
      },
    },
  };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/** Compiles the worker to one classic script, since some browsers support no module workers. */
async function compileWorker(
  apiBase: string | undefined,
  manifest: { version: string; files: string[]; entry: string },
): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: { __BUILD__: JSON.stringify(manifest), __API_BASE__: JSON.stringify(apiBase ?? '/api') },
    build: {
      target: 'es2022',
      write: false,
      lib: { entry: SOURCE, formats: ['iife'], name: 'worker', fileName: 'sw' },
    },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (!output || !('output' in output)) throw new Error('the worker was not built');
  return output.output[0].code;
}
