import { expect, test, vi } from 'vitest';
import {
  layeredKeyValueStore,
  memoryKeyValueStore,
  openKeyValueStore,
  setShared,
} from './key-value-store.ts';

type Kind = 'fine' | 'throws' | 'silent' | 'full';

/** A storage of a browser that can be made to fail; `room` is its capacity in characters. */
function storage(kind: Kind = 'fine') {
  const { getItem, setItem, removeItem, keys } = memoryKeyValueStore();
  const state = { kind, room: kind === 'full' ? 0 : Number.POSITIVE_INFINITY };
  const used = () => keys().reduce((sum, key) => sum + key.length + (getItem(key) ?? '').length, 0);
  const methods = {
    getItem,
    removeItem,
    setItem(key: string, value: string): void {
      if (state.kind === 'silent') return;
      const before = key.length + (getItem(key) ?? '').length;
      const now = key.length + value.length;
      if (now - (getItem(key) === null ? 0 : before) > state.room - used())
        throw new DOMException('full', 'QuotaExceededError');
      setItem(key, value);
    },
  };
  // As in a browser, the stored keys are its own enumerable properties.
  const opened = new Proxy({} as Storage, {
    get: (_, name) => methods[name as keyof typeof methods],
    ownKeys: keys,
    getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
  });
  const open = () => {
    if (state.kind === 'throws') throw new DOMException('denied', 'SecurityError');
    return opened;
  };
  return { open, opened, state, used };
}

test.each<Kind>(['throws', 'silent', 'full'])(
  'where the first storage %s, a value is in the second and is found there after a reload',
  (kind) => {
    const [local, session] = [storage(kind), storage()];
    const keyValueStore = layeredKeyValueStore([local.open, session.open]);
    keyValueStore.setItem('bisik.session', 'token');
    expect([keyValueStore.getItem('bisik.session'), keyValueStore.keys(), keyValueStore.persists()]).toEqual([
      'token',
      ['bisik.session'],
      false,
    ]);
    expect(layeredKeyValueStore([local.open, session.open]).getItem('bisik.session')).toBe('token');
    keyValueStore.removeItem('bisik.session');
    expect([keyValueStore.getItem('bisik.session'), keyValueStore.keys(), keyValueStore.persists()]).toEqual([
      null,
      [],
      true,
    ]);
  },
);

test.each<Kind>(['throws', 'silent', 'full'])('where every storage %s, a value is in memory', (kind) => {
  const keyValueStore = layeredKeyValueStore([storage(kind).open, storage(kind).open]);
  keyValueStore.setItem('bisik.a', '1');
  keyValueStore.setItem('bisik.b', '2');
  expect([keyValueStore.getItem('bisik.a'), keyValueStore.keys(), keyValueStore.persists()]).toEqual([
    '1',
    ['bisik.a', 'bisik.b'],
    false,
  ]);
});

test('a value that a full storage already has is read from it', () => {
  const local = storage();
  local.opened.setItem('bisik.session', 'token');
  local.state.room = 0;
  const keyValueStore = layeredKeyValueStore([local.open, storage().open]);
  expect([keyValueStore.getItem('bisik.session'), keyValueStore.persists()]).toEqual(['token', true]);
});

test('the usage counter is removed when the storage is full', () => {
  const local = storage();
  local.opened.setItem('bisik.usage', 'many figures');
  local.state.room = local.used();
  const keyValueStore = layeredKeyValueStore([local.open, storage().open]);
  keyValueStore.setItem('bisik.session', 'token');
  expect([local.opened.getItem('bisik.session'), keyValueStore.getItem('bisik.usage')]).toEqual([
    'token',
    null,
  ]);
});

test('a longer value without space replaces the old one in the next storage, and returns when there is space', () => {
  const local = storage();
  local.opened.setItem('bisik.a', 'old');
  local.state.room = local.used();
  const keyValueStore = layeredKeyValueStore([local.open, storage().open]);
  keyValueStore.setItem('bisik.a', 'longer');
  expect([keyValueStore.getItem('bisik.a'), local.opened.getItem('bisik.a')]).toEqual(['longer', null]);
  local.state.room = 100;
  keyValueStore.setItem('bisik.a', 'newest');
  expect([local.opened.getItem('bisik.a'), keyValueStore.persists()]).toEqual(['newest', true]);
});

test('on a shared computer every value is in the storage of the tab alone, and nothing of before is read', () => {
  const [local, session] = [storage(), storage()];
  vi.stubGlobal('localStorage', local.opened);
  vi.stubGlobal('sessionStorage', session.opened);
  const keyValueStore = openKeyValueStore();
  keyValueStore.setItem('bisik.proof', 'of another person');
  setShared(true);
  expect(keyValueStore.getItem('bisik.proof')).toBeNull();
  keyValueStore.setItem('bisik.session', 'token');
  expect([session.opened.getItem('bisik.session'), local.opened.getItem('bisik.session')]).toEqual([
    'token',
    null,
  ]);
  keyValueStore.setItem('bisik.session', 'renewed');
  expect(keyValueStore.getItem('bisik.session')).toBe('renewed');
  keyValueStore.removeItem('bisik.session');
  setShared(false);
  expect([session.opened.getItem('bisik.session'), session.opened.getItem('bisik.shared')]).toEqual([
    null,
    null,
  ]);
  expect(keyValueStore.getItem('bisik.proof')).toBe('of another person');
  vi.unstubAllGlobals();
});
