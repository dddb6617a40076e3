/**
 * Threads for what Node does outside its event loop, read once at their first use: eight sync pages at a checkpoint,
 * and a commit still finds one free. Imported before everything else.
 */
// biome-ignore lint/style/noProcessEnv: it is set for libuv, which reads it nowhere else
process.env.UV_THREADPOOL_SIZE ??= '12';
