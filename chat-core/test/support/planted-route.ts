/** Preloaded by `--import`: the core gets a route of its own, `GET /planted`, that no table knows. */
import { registerHooks } from 'node:module';

const PLACE = 'return [\n    route({';
const PLANTED = `return [
    route({ method: 'get', path: '/planted', summary: '', who: 'anyone', answer: ServerInfo, errors: [], handle: async () => ({}) }),
    route({`;

registerHooks({
  load(url, context, next) {
    const loaded = next(url, context);
    if (!url.endsWith('/chat-core/src/server-info.ts')) return loaded;
    const source = String(loaded.source);
    if (!source.includes(PLACE)) throw new Error(`${url} has no place for a planted route.`);
    return { ...loaded, source: source.replace(PLACE, PLANTED) };
  },
});
