import { describe, expect, it, vi } from 'vitest';
import { startApp } from '../../test/support/app.ts';
import { signUpFriends } from '../../test/support/client.ts';
import { recordConfirmed } from '../storage/confirmations.ts';
import { openMemoryStore } from '../storage/lowdb/lowdb-store.ts';
import type { Store } from '../storage/store.ts';

vi.mock('../auth/bcrypt-client.ts', () => import('../../test/support/quick-bcrypt.ts'));

/** Two friends at a core whose store says of each commit that another core may have made it. */
async function startShared() {
  const store = await openMemoryStore(() => 1_900_000_000_000, {});
  const confirm = vi.fn(async () => {});
  const { transact } = store;
  const shared: Store = Object.assign(store, {
    confirm,
    transact: (async (work) => {
      const result = await transact(work);
      recordConfirmed();
      return result;
    }) as Store['transact'],
  });
  const test = await startApp({}, { store: shared });
  const [ani, budi] = await signUpFriends(test);
  return { ani, budi, confirm };
}

describe('a request at one of several cores', () => {
  it('is confirmed by its own transaction, and its repeat, which has none, by itself', async () => {
    const { ani, budi, confirm } = await startShared();
    const clientMessageId = '00000000-0000-4000-8000-000000000001';
    const send = () =>
      ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'hai', clientMessageId });
    confirm.mockClear();
    const first = await send();
    expect([first.status, confirm.mock.calls.length]).toEqual([200, 0]);
    const again = await send();
    expect([again.body, confirm.mock.calls.length]).toEqual([first.body, 1]);
  });

  it('is not acknowledged when what it has read cannot be confirmed', async () => {
    const { ani, confirm } = await startShared();
    const profile = { about: 'di kantor' };
    expect((await ani.patch('/me', profile)).status).toBe(200);
    confirm.mockRejectedValue(new Error('no database'));
    expect((await ani.patch('/me', profile)).status).toBe(500);
  });

  it('needs no confirmation when it only reads, or when nothing of it is stored for good', async () => {
    const { ani, budi, confirm } = await startShared();
    const sent = await ani.post('/chat/send', { senderId: ani.id, receiverId: budi.id, message: 'hai' });
    const { conversationId } = sent.body;
    confirm.mockClear();
    expect((await budi.get('/sync')).status).toBe(200);
    expect((await budi.post('/chat/read', { conversationId, seq: 1 })).status).toBe(200);
    expect((await budi.post('/chat/typing', { conversationId })).status).toBe(200);
    expect(confirm).not.toHaveBeenCalled();
  });
});
