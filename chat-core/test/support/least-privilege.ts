import { readFileSync } from 'node:fs';
import type { Postgres } from './postgres.ts';

const DOCS = new URL('../../../docs/scaling.md', import.meta.url);

/** The statements of docs/scaling.md for an operator: outside the database bisik, and in it. */
function statements(): [outside: string, inside: string] {
  const [, sql] = /```sql\n([\s\S]*?)```/.exec(readFileSync(DOCS, 'utf8')) ?? [];
  const [outside, inside] = sql?.split('\\connect bisik\n') ?? [];
  if (!outside || !inside) throw new Error('docs/scaling.md has no statements');
  return [outside, inside];
}

/** Runs the statements of the docs; the address of the database for the role that cores have there. */
export async function restrictedDatabase(postgres: Postgres): Promise<string> {
  const [outside, inside] = statements();
  // CREATE DATABASE runs in no transaction, which several statements at once are.
  for (const statement of outside.split(';').filter((one) => one.trim() !== ''))
    await postgres.run(statement);
  await postgres.run(inside, 'bisik');
  return postgres.url('bisik', 'bisik');
}
