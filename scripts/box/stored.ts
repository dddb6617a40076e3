import type { Box } from './box.ts';
import type { Engine } from './engine.ts';
import type { Journey } from './journey.ts';
import type { Transcript } from './transcript.ts';

/** What somebody reads who takes the flash card: who wrote to whom and when, never what (T-SC1). */
export async function checkStored(engine: Engine, box: Box, journey: Journey, t: Transcript): Promise<void> {
  const { sent, canary, writer } = journey;
  const volume = `${box.project}_data:/data:ro`;
  const reader = [
    'run',
    '--rm',
    '--user',
    '0',
    '--network',
    'none',
    '--volume',
    volume,
    'bisik-cipher',
    'sh',
    '-c',
  ];
  const everything = await engine.mustDocker([...reader, 'find /data -type f -exec cat {} +']);
  const row = new RegExp(`\\{[^{}]*"id":\\s*"${sent.id}"[^{}]*\\}`).exec(everything)?.[0] ?? '';
  t.say(`The message \`${canary}\` as it is stored:`);
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
  const words = { text: canary, password: writer.password, token: writer.token };
  for (const [name, secret] of Object.entries(words)) {
    const forms = [
      secret,
      Buffer.from(secret).toString('base64').slice(0, -4),
      Buffer.from(secret).toString('hex'),
    ];
    const found = forms.filter((form) => everything.includes(form) || logs.includes(form));
    t.check(`no ${name} is in the data or in a log, plain, as base64 or as hex`, found.length === 0);
  }
  const files = await engine.mustDocker([...reader, 'find /data -type f -exec stat -c "%a %u %n" {} +']);
  t.show(files);
}
