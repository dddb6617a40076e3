import { type Box, mainPid, type Part } from './box.ts';
import type { Engine } from './engine.ts';
import type { Journey } from './journey.ts';
import type { Transcript } from './transcript.ts';

const MOUNTS: Record<'chat-core' | 'cipher-service' | 'setup', string[]> = {
  setup: ['cipher-keys:/keys/cipher:rw', 'core-keys:/keys/core:rw', 'data:/data:ro'],
  'cipher-service': ['cipher-keys:/keys/cipher:ro'],
  'chat-core': ['core-keys:/keys/core:ro', 'data:/data:rw'],
};
const MEMORY_MIB = { 'chat-core': 768, 'cipher-service': 192 };

/** A compromised service can do little (security.md T-CF1). */
export async function checkConfinement(engine: Engine, box: Box, { check }: Transcript): Promise<void> {
  for (const part of ['setup', 'cipher-service', 'chat-core'] as const) {
    const { Mounts } = await box.inspect(part);
    const seen = Mounts.map(({ Type, Name = '', Source, Destination, RW }) => {
      const what = Type === 'volume' ? Name.replace(`${box.project}_`, '') : `${Type} of ${Source}`;
      return `${what}:${Destination}:${RW ? 'rw' : 'ro'}`;
    }).sort();
    check(`${part} mounts what it needs and no more`, seen.join() === MOUNTS[part].join(), seen.join(' '));
  }
  for (const part of ['cipher-service', 'chat-core'] as const) await checkProcess(box, part, check);
  await checkKeys(box, check);

  const outside = await engine.runOnce(
    ['--user', '0', '--network', 'none'],
    'bisik-core',
    ...['sh', '-c', 'find /keys /data -type f | wc -l'],
  );
  check('a third container, root in itself, sees no key and no data', outside === '0', `${outside} files`);
}

async function checkProcess(box: Box, part: 'cipher-service' | 'chat-core', check: Transcript['check']) {
  const status = await box.inside(part, 'cat', `/proc/${await mainPid(box, part)}/status`);
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? 'none';
  check(`${part} runs as uid 1000`, field('Uid') === '1000', field('Uid'));
  const capabilities = ['CapEff', 'CapPrm', 'CapBnd'].map(field);
  check(
    `${part} has no capability`,
    capabilities.every((set) => /^0+$/.test(set)),
    capabilities.join(' '),
  );
  check(`${part} can gain no privilege`, field('NoNewPrivs') === '1', `NoNewPrivs ${field('NoNewPrivs')}`);
  const write = await box.inside(part, 'touch', '/app/planted');
  check(`${part} cannot write its own program`, write.includes('Read-only file system'), write);
  const { HostConfig } = await box.inspect(part);
  const limit = HostConfig.Memory / 2 ** 20;
  check(`${part} may use ${MEMORY_MIB[part]} MiB of memory`, limit === MEMORY_MIB[part], `${limit} MiB`);
  const tools = await box.inside(
    part,
    'sh',
    '-c',
    'for t in npm npx yarn gcc g++ make python3; do command -v $t; done',
  );
  check(`${part} has no package manager and no compiler`, tools === '', tools || 'none found');
}

async function checkKeys(box: Box, check: Transcript['check']): Promise<void> {
  const files = (part: Part, folder: string) => box.inside(part, 'sh', '-c', `find ${folder} -type f | sort`);
  const cipherKeys = await files('cipher-service', '/keys/cipher');
  const coreKeys = await files('chat-core', '/keys/core');
  check(
    'premise: each has keys of its own',
    cipherKeys.includes('keyring') && coreKeys.includes('token'),
    `${cipherKeys} ${coreKeys}`,
  );
  const taken = [await files('chat-core', '/keys/cipher'), await files('cipher-service', '/keys/core /data')];
  check(
    'the core sees no key of the cipher, the cipher no key of the core and no data',
    taken.join('') === '',
    taken.join(' ').trim() || 'nothing there',
  );
  const modes = await box.inside(
    'cipher-service',
    'sh',
    '-c',
    'stat -c %a /keys/cipher /keys/cipher/* | sort -u',
  );
  check('files of keys are 0600 in folders of 0700', modes === '600\n700', modes);
}

/** The data volume reveals who wrote to whom and when, never what (security.md T-SC1). */
export async function checkStored(engine: Engine, box: Box, journey: Journey, t: Transcript): Promise<void> {
  const { sent, canary, writer } = journey;
  const volume = `${box.project}_data:/data:ro`;
  const options = ['--user', '0', '--network', 'none', '--volume', volume];
  const readVolume = (script: string) => engine.runOnce(options, 'bisik-cipher', 'sh', '-c', script);
  const everything = await readVolume('find /data -type f -exec cat {} +');
  const row = new RegExp(`\\{[^{}]*"id":\\s*"${sent.id}"[^{}]*\\}`).exec(everything)?.[0] ?? '';
  t.note(`The message \`${canary}\` as it is stored:`);
  t.show(row.replaceAll(canary, '(PLAINTEXT)'));
  const content = /"content":\s*"([A-Za-z0-9+/=]+)"/.exec(row)?.[1] ?? '';
  const bytes = Buffer.from(content, 'base64').length;
  const expected = 12 + Buffer.byteLength(canary) + 16;
  t.check('premise: the volume holds the message', row !== '', `${everything.length} bytes in all`);
  t.check(
    'its content is nonce ‖ ciphertext ‖ tag',
    bytes === expected,
    `${bytes} bytes, ${expected} expected`,
  );

  const logs = `${await box.logs('chat-core')}${await box.logs('cipher-service')}`;
  t.check('premise: both services wrote a log', logs.includes('chat-core') && logs.includes('cipher'));
  const secrets = { text: canary, password: writer.password, token: writer.token };
  for (const [name, secret] of Object.entries(secrets)) {
    const forms = [
      secret,
      Buffer.from(secret).toString('base64').slice(0, -4),
      Buffer.from(secret).toString('hex'),
    ];
    const found = forms.filter((form) => everything.includes(form) || logs.includes(form));
    t.check(`no ${name} is in the data or in a log, plain, as base64 or as hex`, found.length === 0);
  }
  t.show(await readVolume('find /data -type f -exec stat -c "%a %u %n" {} +'));
}
