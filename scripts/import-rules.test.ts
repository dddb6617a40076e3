import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { brokenImportRules } from './import-rules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const WORKSPACES = ['chat-core', 'cipher-service', 'chat-frontend'];

/** Each forbidden import as one planted line. */
const PLANTED: [string, string, string][] = [
  [
    'a feature importing a storage backend',
    'chat-core/src/messages/x.ts',
    "import { a } from '../storage/lowdb/lowdb-store.ts';",
  ],
  [
    'http importing a storage backend',
    'chat-core/src/http/x.ts',
    "import { a } from '../storage/lowdb/lowdb-store.ts';",
  ],
  ['a feature importing lowdb', 'chat-core/src/friends/x.ts', "import { Low } from 'lowdb';"],
  [
    'a feature importing a part of lowdb',
    'chat-core/src/friends/x.ts',
    "import { JSONFile } from 'lowdb/node';",
  ],
  ['a feature importing express', 'chat-core/src/sync/x.ts', "import express from 'express';"],
  [
    "a feature importing another's routes",
    'chat-core/src/messages/x.ts',
    "import { a } from '../auth/routes.ts';",
  ],
  [
    "the core importing the cipher's code",
    'chat-core/src/cipher/x.ts',
    "import { seal } from '../../../cipher-service/src/seal.ts';",
  ],
  [
    "the core importing the cipher's wire as code",
    'chat-core/src/cipher/x.ts',
    "import { a } from '../../../cipher-service/src/wire.ts';",
  ],
  [
    'the cipher importing the core',
    'cipher-service/src/x.ts',
    "import { a } from '../../chat-core/src/errors.ts';",
  ],
  ['the cipher sealing with node-forge', 'cipher-service/src/seal.ts', "import forge from 'node-forge';"],
  [
    "the page importing the core's code",
    'chat-frontend/src/ui/x.ts',
    "import { a } from '../../../chat-core/src/config.ts';",
  ],
  ['the page importing Node', 'chat-frontend/src/ui/x.ts', "import { a } from 'node:fs';"],
  [
    'a screen importing another screen',
    'chat-frontend/src/ui/chats/x.ts',
    "import { a } from '../conversation/bubble.ts';",
  ],
  ['the state importing the screens', 'chat-frontend/src/state/x.ts', "import { a } from '../ui/el.ts';"],
  [
    'a type imported from a layer above',
    'chat-core/src/storage/x.ts',
    "import type { A } from '../http/route.ts';",
  ],
  [
    'a lazy import from a layer above',
    'chat-frontend/src/api/x.ts',
    "export const a = () => import('../ui/el.ts');",
  ],
  ['a re-export from a layer above', 'chat-frontend/src/api/x.ts', "export { a } from '../ui/el.ts';"],
  ['a file outside every layer', 'chat-core/src/new-folder/x.ts', "import { a } from '../errors.ts';"],
];

describe('import rules', () => {
  it('every source file follows the import rules', () => {
    const paths = WORKSPACES.flatMap((workspace) =>
      readdirSync(join(root, workspace, 'src'), { recursive: true, encoding: 'utf8' }).map(
        (path) => `${workspace}/src/${path.replaceAll('\\', '/')}`,
      ),
    ).filter((path) => path.endsWith('.ts') && !path.includes('/contract/'));
    expect(paths.length).toBeGreaterThan(300);
    expect(
      brokenImportRules(new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]))),
    ).toEqual([]);
  });

  it.each(PLANTED)('the import rules forbid %s', (_, path, line) => {
    expect(brokenImportRules(new Map([[path, `${line}\n`]]))).toHaveLength(1);
  });

  it('the import rules forbid import cycles, also of types only and over several files', () => {
    const cycle = new Map([
      ['chat-core/src/auth/a.ts', "import type { B } from './b.ts';"],
      ['chat-core/src/auth/b.ts', "import {\n  type C,\n} from './c.ts';"],
      ['chat-core/src/auth/c.ts', "export * from './a.ts';"],
    ]);
    expect(brokenImportRules(cycle)).toEqual([expect.stringMatching(/auth\/a\.ts.*import each other/)]);
  });

  it.each([
    [
      "the page using the core's wire types",
      'chat-frontend/src/api/x.ts',
      "import type { Id } from '../../../chat-core/src/wire.ts';",
    ],
    ['http using express', 'chat-core/src/http/x.ts', "import express from 'express';"],
    [
      'the core using the types of the cipher',
      'chat-core/src/cipher/x.ts',
      "import type { Sealed } from '../../../cipher-service/src/wire.ts';",
    ],
    ['certificates made by node-forge', 'cipher-service/src/pki.ts', "import forge from 'node-forge';"],
  ])('the import rules allow %s', (_, path, line) => {
    expect(brokenImportRules(new Map([[path, line]]))).toEqual([]);
  });
});
