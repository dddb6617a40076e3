import { run } from './run.ts';

/** The results, on the terminal as they come and as Markdown at the end. */
export type Transcript = {
  section(title: string): void;
  note(line: string): void;
  /** The output of a program. */
  show(block: string): void;
  /** A claim and whether it held; `evidence` is shown beside it. */
  check(claim: string, held: boolean, evidence?: string): void;
  outcome(): { held: number; failed: string[] };
  markdown(): string;
};

export function openTranscript(write: (text: string) => void): Transcript {
  const lines: string[] = [];
  const failed: string[] = [];
  let held = 0;
  const add = (text: string, shown = text) => {
    lines.push(text);
    write(`${shown}\n`);
  };
  return {
    section: (title) => add(`\n## ${title}\n`),
    note: (line) => add(`\n${line}\n`),
    show: (block) => add(`\n\`\`\`\n${block}\n\`\`\`\n`, block.replace(/^/gm, '    ')),
    check: (claim, ok, evidence = '') => {
      if (ok) held += 1;
      else failed.push(claim);
      add(`- ${ok ? '✓' : '**✗ FAILED**'} ${claim}${evidence && `: ${inline(evidence)}`}`);
    },
    outcome: () => ({ held, failed }),
    markdown: () => {
      const verdict =
        failed.length === 0 ? `All ${held} checks held.` : `**${failed.length} checks failed.**`;
      return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n\n${verdict}\n`;
    },
  };
}

function inline(text: string): string {
  return `\`${text.replace(/\s+/g, ' ').replaceAll('`', "'").slice(0, 160)}\``;
}

/** The commit that is tested, and whether the tree has changes beyond it. */
export async function describeCommit(root: string): Promise<string> {
  // The clone may belong to another user.
  const git = (...args: string[]) =>
    run('git', ['-c', `safe.directory=${root.replace(/\/$/, '')}`, ...args], { cwd: root });
  const head = await git('rev-parse', 'HEAD');
  if (head.code !== 0) return 'an unknown commit: this is no git clone';
  const changed = (await git('status', '--porcelain')).out.split('\n').filter(Boolean);
  const tree = changed.length === 0 ? 'clean tree' : `with ${changed.length} uncommitted files`;
  return `commit ${head.out} (${tree})`;
}
