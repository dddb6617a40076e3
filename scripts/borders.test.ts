import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Lints a line as if it stood in a file of the house, in a copy of the rules elsewhere. */
function lint(file: string, line: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bisik-borders-'));
  cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${line}\n`);
  const args = ['lint', '--vcs-enabled=false', '--reporter=github', file];
  const { stdout, stderr } = spawnSync(join(root, 'node_modules', '.bin', 'biome'), args, {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  return stdout + stderr;
}

const FORBIDDEN: [string, string, string][] = [
  [
    'a feature importing a storage backend',
    'chat-core/src/messages/x.ts',
    "import { openLowdbStore } from '../storage/lowdb/lowdb-store.ts';\nopenLowdbStore;",
  ],
  ['a feature importing lowdb', 'chat-core/src/friends/x.ts', "import { Low } from 'lowdb';\nLow;"],
  [
    'a feature importing a part of lowdb',
    'chat-core/src/friends/x.ts',
    "import { JSONFile } from 'lowdb/node';\nJSONFile;",
  ],
  ['a feature importing express', 'chat-core/src/sync/x.ts', "import express from 'express';\nexpress();"],
  [
    'a feature importing another’s routes',
    'chat-core/src/friends/x.ts',
    "import { authRoutes } from '../auth/routes.ts';\nauthRoutes;",
  ],
  [
    'the http layer importing a backend',
    'chat-core/src/http/x.ts',
    "import { a } from '../storage/lowdb/lowdb-store.ts';\na;",
  ],
  [
    'the core importing the cipher’s code',
    'chat-core/src/cipher/x.ts',
    "import { seal } from '../../../cipher-service/src/seal.ts';\nseal;",
  ],
  [
    'the cipher importing the core',
    'cipher-service/src/x.ts',
    "import { a } from '../../chat-core/src/errors.ts';\na;",
  ],
  ['node-forge in the request path', 'cipher-service/src/seal.ts', "import forge from 'node-forge';\nforge;"],
  [
    'the page importing the core’s code',
    'chat-frontend/src/x.ts',
    "import { a } from '../../chat-core/src/config.ts';\na;",
  ],
  ['the page importing Node', 'chat-frontend/src/x.ts', "import { a } from 'node:fs';\na;"],
  [
    'the state importing what draws it',
    'chat-frontend/src/state/x.ts',
    "import { a } from '../ui/el.ts';\na;",
  ],
  [
    'the outbox importing a room of the screens',
    'chat-frontend/src/outbox/x.ts',
    "import { a } from '../ui/chats/chats.ts';\na;",
  ],
  [
    'one screen’s room importing another’s',
    'chat-frontend/src/ui/chats/x.ts',
    "import { a } from '../conversation/bubble.ts';\na;",
  ],
  [
    'the state importing the core’s code',
    'chat-frontend/src/state/x.ts',
    "import { a } from '../../../chat-core/src/config.ts';\na;",
  ],
];
const RESTRICTED = 'lint/style/noRestrictedImports';

describe('the borders of the house', () => {
  it.each(FORBIDDEN)('refuse %s', (_, file, line) => {
    expect(lint(file, line)).toContain(RESTRICTED);
  });

  it('refuse reading the environment outside config.ts, and default exports', () => {
    expect(lint('chat-core/src/auth/x.ts', 'export const a = process.env.A;')).toContain('noProcessEnv');
    expect(lint('chat-core/src/config.ts', 'export const a = process.env.A;')).not.toContain('noProcessEnv');
    expect(lint('chat-core/src/auth/x.ts', 'export default 1;')).toContain('noDefaultExport');
  });

  it('let through what the house allows', () => {
    expect(lint('chat-core/src/http/x.ts', "import express from 'express';\nexpress();")).not.toContain(
      RESTRICTED,
    );
    const wire =
      "import type { Sealed } from '../../../cipher-service/src/wire.ts';\nexport type A = Sealed;";
    expect(lint('chat-core/src/cipher/x.ts', wire)).not.toContain(RESTRICTED);
    const page = "import type { Id } from '../../chat-core/src/wire.ts';\nexport type A = Id;";
    expect(lint('chat-frontend/src/x.ts', page)).not.toContain(RESTRICTED);
    const drawn = "import { a } from '../../state/people.ts';\nimport { b } from '../people.ts';\na;\nb;";
    expect(lint('chat-frontend/src/ui/chats/x.ts', drawn)).not.toContain(RESTRICTED);
    expect(lint('cipher-service/src/pki.ts', "import forge from 'node-forge';\nforge;")).not.toContain(
      RESTRICTED,
    );
  });
});
