import type { Plugin } from 'vite';
import { eagerGroups } from './preload.ts';

const HINT = '//# allFunctionsCalledOnLoad';
const NAMES = eagerGroups.map(({ debugName }) => debugName);

/**
 * Makes Chromium compile the eager script as a whole, in the background while it loads, not each function at its first
 * call: a chat opens with a quarter less scripting. For other browsers the hint is a comment
 * (explicit compile hints, https://v8.dev/blog/explicit-compile-hints).
 */
export function hintCompile(): Plugin {
  return {
    name: 'bisik-compile-hint',
    apply: 'build',
    generateBundle: {
      // The hint must be the first line, and Vite puts one of its own there.
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
