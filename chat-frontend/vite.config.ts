import { defineConfig } from 'vite';
import { hintCompile } from './compile-hint.ts';
import { writeCompressed } from './compress.ts';
import { checkApiBase, writeHeaders } from './headers.ts';
import { atOnce, preloadMain } from './preload.ts';
import { writeWorker } from './worker.ts';

const apiBase = checkApiBase(process.env.API_BASE);

/** `API_BASE=https://chat.example.org/api npm run build` makes the page for a CDN; unset, for the core's own origin. */
export default defineConfig({
  root: import.meta.dirname,
  define: { __API_BASE__: JSON.stringify(apiBase ?? '/api') },
  plugins: [preloadMain(), hintCompile(), writeHeaders(apiBase), writeWorker(apiBase), writeCompressed()],
  build: {
    target: 'es2022',
    // The CSP forbids inline code, and nothing is small enough to be worth a data: address.
    assetsInlineLimit: 0,
    // A part imports nothing but what is here already; what is needed at once, preload.ts names.
    modulePreload: false,
    emptyOutDir: true,
    rolldownOptions: {
      preserveEntrySignatures: 'allow-extension',
      output: { codeSplitting: { groups: atOnce } },
    },
  },
  server: { proxy: { '/api': 'http://localhost:8080' } },
});
