/**
 * Preloaded by `--import`, or imported: the process's stopwatch runs ten times too slow, and its deadlines for others are
 * a hundred times as long. A machine that is slow or busy is then not taken for a cipher that hangs, nor for a box that
 * is overloaded. Timers and dates are as they are.
 */
const TIMES = 10;
const now = performance.now.bind(performance);
const deadline = AbortSignal.timeout.bind(AbortSignal);

performance.now = () => now() / TIMES;
AbortSignal.timeout = (ms) => deadline(ms * TIMES * TIMES);
