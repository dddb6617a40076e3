import type { Engine } from './engine.ts';

/**
 * Remembers what these names stand for on an engine that is not ours: an operator's box runs images of the same names.
 * @returns undoes it: each name stands for what it did, or for nothing; layers that only this test made are gone
 */
export async function rememberImages(engine: Engine, names: string[]): Promise<() => Promise<void>> {
  const idOf = async (name: string) => {
    const { code, out } = await engine.docker(['image', 'inspect', '--format', '{{.Id}}', name]);
    return code === 0 ? out : undefined;
  };
  const before = new Map<string, string | undefined>();
  for (const name of names) before.set(name, await idOf(name));
  return async () => {
    for (const [name, id] of before) {
      const now = await idOf(name);
      if (now === undefined || now === id) continue;
      if (id === undefined) await engine.mustDocker(['rmi', name]);
      else {
        await engine.mustDocker(['tag', id, name]);
        await engine.docker(['rmi', now]);
      }
    }
  };
}
