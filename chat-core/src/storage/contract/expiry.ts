import { expect, it } from 'vitest';
import { message, type Rig } from './rig.ts';

const DAY_S = 86_400;

/** Messages that expire. */
export function expiryContract(rig: Rig): void {
  it('a message gets the time at which it expires in its commit, from the header, and the header says where the queue begins', async () => {
    await rig.befriend('ani', 'budi');
    await rig.append('m1');
    await rig.store.transact((tx) => tx.saveExpiry('ani-budi', DAY_S));
    const timed = await rig.append('m2');
    expect(timed.expiresAt).toBe(1 + DAY_S * 1000);
    await rig.store.transact((tx) => tx.saveExpiry('ani-budi', 0));
    expect(await rig.append('m3')).not.toHaveProperty('expiresAt');
    const header = { expiring: [{ afterMs: DAY_S * 1000, from: 2, nextAt: timed.expiresAt }] };
    expect(await rig.store.conversation('ani-budi')).toMatchObject(header);
    expect(await rig.store.conversation('ani-budi')).not.toHaveProperty('expireAfterS');
    if (!(await rig.reopen())) return;
    expect(await rig.store.message('ani-budi', 2)).toEqual(timed);
    expect(await rig.store.conversation('ani-budi')).toMatchObject(header);
  });

  it('an expired message keeps its place and nothing of its content, announces the conversation alone, and stays so', async () => {
    await rig.befriend('ani', 'budi');
    await rig.store.transact((tx) => tx.saveExpiry('ani-budi', DAY_S));
    for (const id of ['m1', 'm2', 'm3']) await rig.append(id);
    const since = rig.store.revision();
    const queues = [{ afterMs: DAY_S * 1000, from: 3, nextAt: 5 }];
    const before = await rig.store.transact((tx) => tx.expireMessages('ani-budi', [1, 2], { queues }));
    expect(before.map(({ content }) => content)).toEqual(['sealed m1', 'sealed m2']);
    const check = async () => {
      const rows = await rig.store.messages('ani-budi', { limit: 9 });
      expect(rows.map(({ seq, content, expired }) => [seq, content, expired])).toEqual([
        ...[1, 2].map((seq) => [seq, '', true]),
        [3, 'sealed m3', undefined],
      ]);
      expect(await rig.store.conversation('ani-budi')).toMatchObject({ rev: since + 1, expiring: queues });
      expect(await rig.store.changedMessages('budi', since, { limit: 9 })).toEqual([]);
    };
    await check();
    expect(await rig.store.transact((tx) => tx.expireMessages('ani-budi', [1, 2], {}))).toEqual([]);
    await check();
    if (await rig.reopen()) await check();
  });

  it('system rows do not expire', async () => {
    await rig.befriend('ani', 'budi');
    await rig.store.transact((tx) => tx.saveExpiry('ani-budi', DAY_S));
    const event = {
      ...message('e1', 'ani-budi', 'ani'),
      content: '',
      kid: '',
      event: { type: 'expiry' as const },
    };
    const row = await rig.store.transact((tx) => tx.appendMessage(event));
    expect(row).not.toHaveProperty('expiresAt');
    expect(await rig.store.transact((tx) => tx.expireMessages('ani-budi', [1], {}))).toEqual([]);
    expect(await rig.store.message('ani-budi', 1)).toEqual(row);
  });
}
