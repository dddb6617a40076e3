import { expect, test } from 'vitest';
import type { ConnectionStatus } from '../state/connection-status.ts';
import { createDiagnosis } from './diagnose.ts';

function diagnosis() {
  const told: ConnectionStatus[] = [];
  const probes: ((link: ConnectionStatus) => void)[] = [];
  const probe = () => new Promise<ConnectionStatus>((done) => probes.push(done));
  return { told, probes, hear: createDiagnosis(probe, (link) => told.push(link)) };
}
const settle = () => new Promise((done) => setImmediate(done));

test('silence is told at once, and what a look further shows after it', async () => {
  const { told, probes, hear } = diagnosis();
  void hear('unreachable');
  expect(told).toEqual(['unreachable']);
  probes[0]?.('tunnel');
  await settle();
  expect(told).toEqual(['unreachable', 'tunnel']);
});

test('while it lasts the banner does not change back and forth', async () => {
  const { told, probes, hear } = diagnosis();
  for (const at of [0, 1, 2]) {
    void hear('unreachable');
    probes[at]?.('internet');
    await settle();
  }
  expect(told).toEqual(['unreachable', 'internet', 'internet', 'internet']);
});

test('what is heard while somebody looks further counts more', async () => {
  const { told, probes, hear } = diagnosis();
  void hear('unreachable');
  void hear('ok');
  probes[0]?.('tunnel');
  await settle();
  expect(told).toEqual(['unreachable', 'ok']);
});

test('what an answer says itself needs no look', () => {
  const { told, probes, hear } = diagnosis();
  for (const link of ['offline', 'cipher', 'ok'] as const) void hear(link);
  expect([told, probes.length]).toEqual([['offline', 'cipher', 'ok'], 0]);
});
