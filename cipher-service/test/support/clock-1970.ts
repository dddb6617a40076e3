/** Preloaded by `--import`: starts the clock of the process in the first second of 1970. */
const started = Date.now();
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...args: [] | [number | string]) {
    super(args.length === 0 ? RealDate.now() - started : args[0]);
  }

  static override now(): number {
    return RealDate.now() - started;
  }
} as DateConstructor;
