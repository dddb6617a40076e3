/**
 * Sends a signal to one process, or with a negative id to its process group. An id that is 0, 1 or no number at all is
 * refused: kill(2) would signal the whole process group of the caller, which stopped a CI run for ever.
 * @throws Error for such an id, or when there is no such process
 */
export function signalProcess(pid: number | undefined, signal: NodeJS.Signals): void {
  if (!Number.isInteger(pid) || Math.abs(pid ?? 0) <= 1) throw new Error(`${pid} is no process to signal`);
  process.kill(pid ?? 0, signal);
}
