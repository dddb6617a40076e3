import { expect, it } from 'vitest';
import { until } from '../../../../test/support/until.ts';
import type { Signal } from '../../signals.ts';
import type { Query } from '../connections/connection.ts';
import { SignalChannel } from './signal-channel.ts';

it('signals reach all other cores in notices that the database takes, each once and in order', async () => {
  const notices: string[] = [];
  const query: Query = async (_text, [payload] = []) => {
    notices.push(String(payload));
    return [];
  };
  const [own, other] = [new SignalChannel(query, 'a'), new SignalChannel(query, 'b')];
  const [atOwn, atOther]: [Signal[], Signal[]] = [[], []];
  own.onSignal((signal) => atOwn.push(signal));
  other.onSignal((signal) => atOther.push(signal));
  const sent = Array.from(
    { length: 300 },
    (_, n): Signal => ({ kind: 'typing', userId: `person ${n}`, conversationId: 'é'.repeat(40) }),
  );
  for (const signal of sent) own.send(signal);
  await until(() => notices.length > 0);
  for (const payload of notices) {
    expect(Buffer.byteLength(payload)).toBeLessThan(8000);
    own.received(payload);
    other.received(payload);
  }
  expect(notices.length).toBeGreaterThan(1);
  expect(atOther).toEqual(sent);
  expect(atOwn).toEqual([]);
});

it('what waits for a notice is bounded, and a notice that fails is dropped', async () => {
  let count = 0;
  const query: Query = async (_text, [payload] = []) => {
    count += (JSON.parse(String(payload)) as { signals: Signal[] }).signals.length;
    throw new Error('no connection');
  };
  const channel = new SignalChannel(query, 'a');
  for (let n = 0; n < 5000; n++) channel.send({ kind: 'typing', userId: `${n}`, conversationId: 'c' });
  await until(() => count > 0);
  expect(count).toBe(2000);
  channel.close();
});
