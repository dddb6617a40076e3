/**
 * The size of libuv's thread pool, which libuv reads once, at the first use: a checkpoint syncs eight pages at once, and a
 * commit must still find a free thread. Imported before any module that uses the pool.
 */
// biome-ignore lint/style/noProcessEnv: libuv reads its pool size only from the environment
process.env.UV_THREADPOOL_SIZE ??= '12';
