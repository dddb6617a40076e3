/** `npm run sweep-files`: removes files that no message and no upload names, where several cores share them. */
import { readConfig } from '../config.ts';
import { withNamedFiles } from '../storage/postgres/upkeep/named-files.ts';
import { type FileRef, fileKey } from '../storage/store.ts';
import { confirm, print, refuseUsage, runCommand } from './command.ts';
import { openFilesOf } from './migrate/files-place.ts';

const USAGE = `npm run sweep-files -- [options]

Counts the files in FILES_DIR or FILES_URL that no message and no upload of the database names: what a
restored database, a failed move or a request that arrived late may leave. Cores may run meanwhile; a
move may not, since its rows appear last. Exit code 1 when any are left.

  --remove    remove them, after a question
  --yes       without the question
  --help      print this
`;

await runCommand(
  USAGE,
  { remove: { type: 'boolean' }, yes: { type: 'boolean' } },
  async ({ positionals, flag }) => {
    if (positionals.length > 0) return refuseUsage(USAGE);
    const { shared } = readConfig();
    if (!shared)
      throw new Error(
        'DATABASE_URL is not set: with LowDB each file has a row, and npm run verify reports what is wrong.',
      );
    const { files, close } = await openFilesOf(shared.files);
    try {
      return await withNamedFiles(shared.databaseUrl, async (namedOf) => {
        const unnamedOf = async (refs: FileRef[]) => {
          const named = await namedOf(refs);
          return refs.filter(({ id }) => !named.has(id));
        };
        const unnamed = new Map<string, FileRef>();
        const all = new Set<string>();
        for await (const refs of files.list()) {
          for (const ref of refs) all.add(fileKey(ref));
          for (const ref of await unnamedOf(refs)) unnamed.set(fileKey(ref), ref);
        }
        const n = (number: number) => number.toLocaleString('en');
        print(`${n(all.size)} files, of which ${n(unnamed.size)} are named by no message and no upload.`);
        if (unnamed.size === 0) return true;
        if (unnamed.size === all.size)
          throw new Error(
            'The database names none of the files: is it theirs? Correct DATABASE_URL, FILES_DIR or FILES_URL.',
          );
        if (!flag('remove')) {
          print('--remove removes them.');
          return false;
        }
        if (!flag('yes') && !(await confirm('Remove them for good?'))) {
          print('Nothing was removed.');
          return false;
        }
        for (const ref of unnamed.values()) if ((await unnamedOf([ref])).length > 0) await files.remove(ref);
        print('Removed.');
        return true;
      });
    } finally {
      close();
    }
  },
);
