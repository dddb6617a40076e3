/**
 * Preloaded by `--import`, or imported: `performance.now` runs ten times too slow, and `AbortSignal.timeout` is a hundred
 * times as long. A slow or busy machine is then not mistaken for a cipher that hangs or for an overloaded box. Timers and
 * dates are unchanged.
 */
const FACTOR = 10;
const now = performance.now.bind(performance);
const deadline = AbortSignal.timeout.bind(AbortSignal);

performance.now = () => now() / FACTOR;
AbortSignal.timeout = (ms) => deadline(ms * FACTOR * FACTOR);
