import type { TestProject } from 'vitest/node';
import { buildPage } from './built-page.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A folder with the page as it is now, for a box that serves it itself; built once for a run, written by nobody. */
    pageDir: string;
  }
}

export function setup({ provide }: TestProject): () => void {
  const { folder, remove } = buildPage();
  provide('pageDir', folder);
  return remove;
}
