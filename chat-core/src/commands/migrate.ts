/** `npm run migrate`: a box moves between LowDB and PostgreSQL, both ways. */
import { readFile } from 'node:fs/promises';
import { readConfig } from '../config.ts';
import { type Arguments, refuseUsage, runCommand } from './command.ts';
import { explainFileError } from './file-errors.ts';
import { moveToFolder } from './migrate/to-folder.ts';
import { moveToPostgres } from './migrate/to-postgres.ts';

const USAGE = `npm run migrate -- --to <address> [options]
npm run migrate -- --from <address> --to-folder <folder> [options]
Copies the box in DATA_DIR into an empty database of PostgreSQL, or one from PostgreSQL into a new folder for LowDB. Ids,
numbers and ciphertext stay as they are, and so do passwords and sessions; every client loads its state once. What is copied
from does not change. Rows are counted, and a sample of them is opened, before anything is kept; after a cut nothing is there,
and the command is called again.

  <address>         postgres://user:password@host:5432/database, or a file that holds it,
                    which keeps the password out of the list of processes
  --files <place>   a folder, or s3://bucket/prefix with the variables FILES_S3_*. With --to:
                    copy the files of messages there, for FILES_DIR or FILES_URL; else they
                    stay in DATA_DIR/attachments, which FILES_DIR then names.
                    With --from: where the cores have them; they are always copied
  --sample <n>|all  how many messages and files to open: 1000 unless said, 0 for none
  --with-faults     with --from: keep a folder in which npm run verify finds something
  --yes             copy also while people write, without asking: a rehearsal
  --help            print this
`;

async function work(args: Arguments): Promise<boolean> {
  const [to, from, folder] = ['to', 'from', 'to-folder'].map((name) => args.value(name));
  const isRight = args.positionals.length === 0 && (to === undefined ? from && folder : !from && !folder);
  if (!isRight) return refuseUsage(USAGE);
  const sample = args.value('sample') ?? '1000';
  if (!/^(\d{1,9}|all)$/.test(sample)) throw new Error('--sample takes a number or all.');
  const option = to === undefined ? '--from' : '--to';
  const databaseUrl = await addressIn(to ?? from ?? '');
  const config = readConfig();
  const common = { databaseUrl, sample, isConfirmed: args.flag('yes') };
  const files = args.value('files');
  try {
    return await (folder === undefined
      ? moveToPostgres(config, { ...common, filesTo: files })
      : moveToFolder(config, { ...common, folder, filesFrom: files, withFaults: args.flag('with-faults') }));
  } catch (error) {
    const { message } = error as Error;
    if (!message.includes('DATABASE_URL')) throw error;
    throw new Error(message.replace('The variable ', '').replaceAll('DATABASE_URL', option), {
      cause: error,
    });
  }
}

/** The address, or that in the file of this name. */
async function addressIn(value: string): Promise<string> {
  if (value.includes('://')) return value;
  const content = await readFile(value, 'utf8').catch((error) => {
    throw explainFileError(error, value, 'read');
  });
  return content.trim();
}

await runCommand(
  USAGE,
  {
    to: { type: 'string' },
    from: { type: 'string' },
    'to-folder': { type: 'string' },
    files: { type: 'string' },
    sample: { type: 'string' },
    'with-faults': { type: 'boolean' },
    yes: { type: 'boolean' },
  },
  work,
);
