import { defineConfig } from 'vite';
import { checkApiBase, writeHeaders } from './headers.ts';
import { writeWorker } from './worker.ts';

const apiBase = checkApiBase(process.env.API_BASE);

/** `API_BASE=https://chat.example.org/api npm run build` makes the page for a CDN; unset, for the core's own origin. */
export default defineConfig({
  root: import.meta.dirname,
  define: { __API_BASE__: JSON.stringify(apiBase ?? '/api') },
  plugins: [writeHeaders(apiBase), writeWorker(apiBase)],
  build: {
    target: 'es2022',
    // The CSP forbids inline code, and nothing is small enough to be worth a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    emptyOutDir: true,
  },
  server: { proxy: { '/api': 'http://localhost:8080' } },
});
