import type { Box } from './box.ts';
import type { Engine } from './engine.ts';
import type { Transcript } from './transcript.ts';

/** More than one address may log in within ten minutes. */
const ATTEMPTS = 70;

/** `node -e FLOOD url attempts`: each log-in claims another address; prints how many were slowed down. */
const FLOOD = `(async ([url, attempts]) => {
  let slowed = 0;
  for (let i = 1; i <= attempts; i += 1) {
    const headers = { 'Content-Type': 'application/json', 'CF-Connecting-IP': '203.0.113.' + i };
    const body = JSON.stringify({ username: 'nobody-' + i, password: 'kopi-tubruk-pagi' });
    slowed += (await fetch(url + '/auth/login', { method: 'POST', headers, body })).status === 429;
  }
  console.log(slowed);
})(process.argv.slice(1));`;

/** Who says CF-Connecting-IP is believed only at cloudflared's own address on edge (security.md T-IP1). */
export async function checkForgery(engine: Engine, box: Box, { check }: Transcript): Promise<void> {
  const flood = async (url: string, ...network: string[]) =>
    Number(
      await engine.mustDocker([
        ...['run', '--rm', ...network, 'bisik-cipher', 'node', '-e', FLOOD],
        ...[url, String(ATTEMPTS)],
      ]),
    );
  const edge = ['--network', box.edge];
  const tunnel = await flood('http://chat-core:8080', ...edge, '--ip', box.tunnelAddress);
  check(
    'from cloudflared’s address each visitor has a limit of their own',
    tunnel === 0,
    `${tunnel} slowed down`,
  );
  const other = await flood('http://chat-core:8080', ...edge);
  check(
    'from another address on edge the claim is not believed',
    other > 0,
    `${other} of ${ATTEMPTS} slowed down`,
  );
  const host = await flood(box.url, '--network', 'host');
  check('nor is it through the published port', host > 0, `${host} of ${ATTEMPTS} slowed down`);
}
