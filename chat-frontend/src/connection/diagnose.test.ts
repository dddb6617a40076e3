import { expect, test } from 'vitest';
import type { ConnectionStatus } from '../state/connection-status.ts';
import { createDiagnosis } from './diagnose.ts';

function diagnosis() {
  const reported: ConnectionStatus[] = [];
  const probes: ((status: ConnectionStatus) => void)[] = [];
  const probe = () => new Promise<ConnectionStatus>((done) => probes.push(done));
  return { reported, probes, update: createDiagnosis(probe, (status) => reported.push(status)) };
}
const settle = () => new Promise((done) => setImmediate(done));

test('an unreachable server is reported at once, and the result of the probe after it', async () => {
  const { reported, probes, update } = diagnosis();
  void update('unreachable');
  expect(reported).toEqual(['unreachable']);
  probes[0]?.('tunnel');
  await settle();
  expect(reported).toEqual(['unreachable', 'tunnel']);
});

test('the status does not change back and forth during an outage', async () => {
  const { reported, probes, update } = diagnosis();
  for (const index of [0, 1, 2]) {
    void update('unreachable');
    probes[index]?.('internet');
    await settle();
  }
  expect(reported).toEqual(['unreachable', 'internet', 'internet', 'internet']);
});

test('a status that arrives during a probe supersedes it', async () => {
  const { reported, probes, update } = diagnosis();
  void update('unreachable');
  void update('ok');
  probes[0]?.('tunnel');
  await settle();
  expect(reported).toEqual(['unreachable', 'ok']);
});

test('a status from an answer is not probed', () => {
  const { reported, probes, update } = diagnosis();
  for (const status of ['offline', 'cipher', 'ok'] as const) void update(status);
  expect([reported, probes.length]).toEqual([['offline', 'cipher', 'ok'], 0]);
});
