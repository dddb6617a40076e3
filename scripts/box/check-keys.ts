import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Box, type Journey, SERVICES } from './box.ts';
import { checkMessage } from './check-operation.ts';
import { type Section, waitFor } from './harness.ts';

/** Both look at the files every 5 s; the rest is room for a slow machine. */
const KEYS_IN_USE_MS = 60_000;

/** The rotation of keys and the passphrase of the keyring in Docker, as docs/commands.md and docs/self-hosting.md describe them. */
export async function checkKeys(
  box: Box,
  folder: string,
  journey: Journey,
  { check }: Section,
): Promise<void> {
  await box.up();
  const rotated = await box.rotate('data');
  check('rotate-keys makes a data key beside the running box', /The new data key is/.test(rotated), rotated);
  const certificates = await box.rotate('certificates');
  check('rotate-keys replaces the certificates', /are new/.test(certificates), certificates);
  const inUse = await waitFor(
    () => Promise.all(SERVICES.map((service) => box.logs(service))),
    (logs) => logs.every((log) => log.includes('the changed keys are in use')),
    KEYS_IN_USE_MS,
  );
  check(
    'both services use the changed keys',
    inUse.every((log) => log.includes('the changed keys are in use')),
  );
  await box.compose('restart', 'cipher-service');
  await box.up();
  await checkMessage('after the rotation of the keys', journey, check);
  const refused = await box.rotate('remove-old');
  check(
    'an older data key stays while something may be sealed with it',
    /may still be sealed/.test(refused),
    refused,
  );

  const file = join(folder, 'passphrase');
  writeFileSync(file, 'sembilan burung gelatik terbang', { mode: 0o644 });
  const variables = { KEYRING_PASSPHRASE_FILE: file, KEYRING_PASSPHRASE_SAME_DEVICE: 'yes' };
  const files = ['-f', 'docker-compose.yml', '-f', 'docker-compose.passphrase.yml'];
  await box.up(variables, ...files);
  const keyring = await box.inside('cipher-service', 'cat', '/keys/cipher/keyring.json');
  check(
    'with a passphrase the keyring is sealed',
    keyring.includes('"sealed"') && !keyring.includes('"keys"'),
  );
  await checkMessage('with a sealed keyring', journey, check);
  await box.composeWith(
    variables,
    ...files,
    'run',
    '--rm',
    '-T',
    'setup',
    'node',
    'cipher-service/src/rotate.ts',
    'unseal',
  );
  await box.up();
  await checkMessage('after the keyring is unsealed', journey, check);
  await box.compose('down');
}
