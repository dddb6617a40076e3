import { defineConfig } from 'vite';
import { hintCompile } from './compile-hint.ts';
import { writeCompressed } from './compress.ts';
import { checkApiBase, writeHeaders } from './headers.ts';
import { eagerGroups, loadLazyStyles, preloadMain, sharedGroups } from './preload.ts';
import { writeWorker } from './worker.ts';

const apiBase = checkApiBase(process.env.API_BASE);

/** `API_BASE=https://chat.example.org/api npm run build` builds the page for a CDN; unset, for the core's own origin. */
export default defineConfig({
  root: import.meta.dirname,
  define: { __API_BASE__: JSON.stringify(apiBase ?? '/api') },
  plugins: [
    preloadMain(),
    loadLazyStyles(),
    hintCompile(),
    writeHeaders(apiBase),
    writeWorker(apiBase),
    writeCompressed(),
  ],
  build: {
    target: 'es2022',
    // The CSP forbids inline code, and no asset is small enough for a data: URL to pay.
    assetsInlineLimit: 0,
    // A lazy chunk imports only eager chunks, which are loaded already; preload.ts preloads those.
    modulePreload: false,
    emptyOutDir: true,
    rolldownOptions: {
      preserveEntrySignatures: 'allow-extension',
      output: { codeSplitting: { groups: [...eagerGroups, ...sharedGroups] } },
    },
  },
  server: { proxy: { '/api': 'http://localhost:8080' } },
});
