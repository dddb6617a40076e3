import { run } from './shell.ts';

/** What is tested, in words: the commit, and whether the tree holds just that. */
export async function describeCommit(root: string): Promise<string> {
  // The clone may belong to another user than the one who tests it.
  const git = (...args: string[]) =>
    run('git', ['-c', `safe.directory=${root.replace(/\/$/, '')}`, ...args], { cwd: root });
  const head = await git('rev-parse', 'HEAD');
  if (head.code !== 0) return 'an unknown commit: this is no git clone';
  const changed = (await git('status', '--porcelain')).out.split('\n').filter(Boolean);
  const tree = changed.length === 0 ? 'clean tree' : `with ${changed.length} uncommitted files`;
  return `commit ${head.out} (${tree})`;
}
