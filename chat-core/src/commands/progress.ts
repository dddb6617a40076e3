/** Elsewhere than on a terminal a line comes so often, in milliseconds. */
const PAUSE_MS = 5000;

/** Tells on stderr how far something is: a line that changes on a terminal, a line every few seconds elsewhere. */
export class Progress {
  private readonly what: string;
  private readonly total: number;
  private told = performance.now();

  constructor(what: string, total: number) {
    this.what = what;
    this.total = total;
  }

  show(done: number): void {
    const line = `${this.what}: ${done.toLocaleString('en')} of ${this.total.toLocaleString('en')}`;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r${line}\u001b[K${done >= this.total ? '\n' : ''}`);
    } else if (performance.now() - this.told >= PAUSE_MS) {
      this.told = performance.now();
      process.stderr.write(`${line}\n`);
    }
  }
}
