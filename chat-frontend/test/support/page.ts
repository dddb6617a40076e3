import type { TestProject } from 'vitest/node';
import { buildPage } from './built-page.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The folder of the built page, for a box that serves it. Built once for a run; no test writes to it. */
    pageDir: string;
  }
}

export function setup({ provide }: TestProject): () => void {
  const { folder, remove } = buildPage();
  provide('pageDir', folder);
  return remove;
}
