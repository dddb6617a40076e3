/** Options of the command line. `only` names one part of a benchmark, `folder` is the parent of the databases. */
export type BenchOptions = {
  quick: boolean;
  folder: string | undefined;
  only: string | undefined;
  profile: boolean;
  /** The folder of a checkout of another commit. */
  before: string | undefined;
};

export type Pace = { rounds: number; ms: number; warmUpMs: number };

/** Five rounds of four seconds after a warm-up of three; with `--quick` just enough to show that it runs. */
export const paceOf = (quick: boolean): Pace =>
  quick ? { rounds: 2, ms: 1000, warmUpMs: 1000 } : { rounds: 5, ms: 4000, warmUpMs: 3000 };
