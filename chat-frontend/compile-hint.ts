import type { Plugin } from 'vite';
import { atOnce } from './preload.ts';

const HINT = '//# allFunctionsCalledOnLoad';
const NAMES = atOnce.map(({ debugName }) => debugName);

/**
 * Has Chromium compile the script that is needed at once as a whole, aside, while it comes in, not function by function
 * when each is first called: a chat opens with a quarter less scripting. Elsewhere it is a comment
 * (explicit compile hints, https://v8.dev/blog/explicit-compile-hints).
 */
export function hintCompile(): Plugin {
  return {
    name: 'bisik-compile-hint',
    apply: 'build',
    generateBundle: {
      // The first line is what counts, and Vite puts one of its own there.
      order: 'post',
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type !== 'chunk' || !NAMES.includes(file.name)) continue;
          file.code = `${HINT}\n${file.code}`;
        }
      },
    },
  };
}
