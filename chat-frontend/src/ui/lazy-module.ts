/** A module that is loaded on first use. `loaded` returns it once it is there. */
export type Lazy<Module> = { loaded(): Module | undefined; load(): Promise<Module> };

export function createLazy<Module>(load: () => Promise<Module>): Lazy<Module> {
  let module: Module | undefined;
  return {
    loaded: () => module,
    async load() {
      module ??= await load();
      return module;
    },
  };
}
