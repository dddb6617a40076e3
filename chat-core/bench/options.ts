/** What the command line says. `only` names one part of the bench, `folder` where the databases are made. */
export type BenchOptions = {
  quick: boolean;
  folder: string | undefined;
  only: string | undefined;
  profile: boolean;
};

export type Pace = { rounds: number; ms: number; warmUpMs: number };

/** Five rounds of four seconds after three of warm-up; `--quick` shows that it runs. */
export const paceOf = (quick: boolean): Pace =>
  quick ? { rounds: 2, ms: 1000, warmUpMs: 1000 } : { rounds: 5, ms: 4000, warmUpMs: 3000 };
