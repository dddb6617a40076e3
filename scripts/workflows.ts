/** Rules on GitHub's workflows that are checked without GitHub: what a pinned, least-privileged workflow looks like. */
import { parse } from 'yaml';

type Step = {
  name?: string;
  id?: string;
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  with?: object;
};
type Job = {
  'runs-on'?: string;
  'timeout-minutes'?: number;
  needs?: string | string[];
  uses?: string;
  steps?: Step[];
  permissions?: object;
  outputs?: Record<string, string>;
  env?: Record<string, string>;
};
export type Workflow = { name: string; permissions: object; on: object; jobs: Record<string, Job> };

const PINNED = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;
const RUNNER = /^ubuntu-\d\d\.04(-arm)?$/;
const SECRET = /\$\{\{\s*(secrets\.|github\.token)/;

/** The programs of a workflow's steps, each with the job it is of. */
export function programsOf({ jobs }: Workflow): { job: string; run: string }[] {
  return Object.entries(jobs).flatMap(([job, { steps = [] }]) =>
    steps.flatMap(({ run }) => (run === undefined ? [] : [{ job, run }])),
  );
}

/** What is wrong with a workflow, one sentence each. */
export function flawsOf(text: string): string[] {
  const workflow = parse(text) as Workflow;
  const flaws: string[] = [];
  if (JSON.stringify(workflow.permissions) !== '{"contents":"read"}')
    flaws.push('the workflow as a whole may do more than read the repository');
  // The comment is what a person reads and what the proposals of newer versions change.
  for (const line of text.split('\n').filter((one) => /^\s*-?\s*uses: [^.]/.test(one)))
    if (!/uses: \S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))
      flaws.push(`“${line.trim()}” is not pinned by commit, with its version as a comment`);
  for (const [name, job] of Object.entries(workflow.jobs))
    flaws.push(...jobFlaws(job, workflow.jobs).map((flaw) => `${name}: ${flaw}`));
  return flaws;
}

function jobFlaws(job: Job, jobs: Record<string, Job>): string[] {
  const flaws: string[] = [];
  const needs = [job.needs ?? []].flat();
  for (const other of needs.filter((one) => !jobs[one])) flaws.push(`needs ${other}, which is no job`);
  const text = JSON.stringify(job);
  for (const [, other = '', output = ''] of text.matchAll(/needs\.([\w-]+)\.outputs\.([\w-]+)/g))
    if (!needs.includes(other) || !jobs[other]?.outputs?.[output])
      flaws.push(`reads the output ${output} of ${other}, which it does not need or which is not there`);
  const steps = job.steps ?? [];
  const ids = steps.flatMap(({ id }) => id ?? []);
  for (const [, id = ''] of text.matchAll(/steps\.([\w-]+)\.outputs/g))
    if (!ids.includes(id)) flaws.push(`reads outputs of the step ${id}, which is not there`);
  if (job.uses !== undefined) return flaws;
  if (!RUNNER.test(job['runs-on'] ?? '')) flaws.push('runs on a machine without an exact version');
  if (!job['timeout-minutes']) flaws.push('has no time limit');
  for (const step of steps) {
    const about = step.name ?? step.uses ?? step.run?.split('\n')[0];
    if (
      step.uses?.startsWith('actions/checkout') &&
      !/"persist-credentials":false/.test(JSON.stringify(step))
    )
      flaws.push('leaves the token in the clone');
    if (step.uses !== undefined && !step.uses.startsWith('./') && !PINNED.test(step.uses))
      flaws.push(`${step.uses} is not pinned`);
    if (step.run?.includes('${{')) flaws.push(`“${about}” puts an expression into a program`);
  }
  if (SECRET.test(JSON.stringify(job.env ?? {}))) flaws.push('gives a secret to all its steps');
  return flaws;
}
