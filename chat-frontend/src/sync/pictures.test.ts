import { expect, test } from 'vitest';
import type { PictureAnswer } from '../../../chat-core/src/wire/wire.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { ApiError } from '../api/api-error.ts';
import { createPictures } from './pictures.ts';

function openPictures() {
  const { settle, clock, pass } = fakeClock();
  const asked: string[] = [];
  const answers = new Map<string, PromiseWithResolvers<PictureAnswer>>();
  let loaded = 0;
  const pictures = createPictures(
    (userId) => {
      asked.push(userId);
      const answer = Promise.withResolvers<PictureAnswer>();
      answers.set(userId, answer);
      return answer.promise;
    },
    clock,
    () => {
      loaded += 1;
    },
  );
  const answer = async (userId: string, more: Partial<PictureAnswer> = {}) => {
    answers.get(userId)?.resolve({ id: `p-${userId}`, type: 'image/webp', data: 'AAAA', ...more });
    await settle();
  };
  const refuse = async (userId: string, failure: ApiError) => {
    answers.get(userId)?.reject(failure);
    await settle();
  };
  return { pictures, asked, answer, refuse, pass, loaded: () => loaded };
}

const somebody = (id: string, pictureId = `p-${id}`) => ({ id, username: id, pictureId });

test('a picture is read once and shown as a data: address', async () => {
  const { pictures, asked, answer, loaded } = openPictures();
  expect(pictures.urlOf(somebody('budi'))).toBeUndefined();
  expect(pictures.urlOf(somebody('budi'))).toBeUndefined();
  await answer('budi');
  expect(pictures.urlOf(somebody('budi'))).toBe('data:image/webp;base64,AAAA');
  expect(asked).toEqual(['budi']);
  expect(loaded()).toBe(1);
});

test('whoever has none is not asked for one, and a new one is read anew', async () => {
  const { pictures, asked, answer } = openPictures();
  expect(pictures.urlOf({ id: 'citra', username: 'citra' })).toBeUndefined();
  expect(pictures.urlOf(undefined)).toBeUndefined();
  pictures.urlOf(somebody('budi'));
  await answer('budi');
  expect(pictures.urlOf(somebody('budi', 'newer'))).toBeUndefined();
  expect(asked).toEqual(['budi', 'budi']);
});

test('one that the box refuses is not asked for again', async () => {
  const { pictures, asked, refuse, loaded, pass } = openPictures();
  pictures.urlOf(somebody('budi'));
  await refuse('budi', new ApiError('NOT_FRIENDS', 403));
  await pass(3_600_000);
  expect(pictures.urlOf(somebody('budi'))).toBeUndefined();
  expect(asked).toEqual(['budi']);
  expect(loaded()).toBe(0);
});

test.each([
  ['a line that broke', new ApiError('NETWORK')],
  ['a silent box', new ApiError('TIMEOUT')],
  ['a box that cannot open it now', new ApiError('CIPHER_UNAVAILABLE', 503)],
  ['a box that is asked too often', new ApiError('TOO_MANY_REQUESTS', 429, 8)],
])('one that failed by %s is asked for again after a while, and then comes', async (_, failure) => {
  const { pictures, asked, answer, refuse, loaded, pass } = openPictures();
  pictures.urlOf(somebody('budi'));
  await refuse('budi', failure);
  await pass(7_000);
  pictures.urlOf(somebody('budi'));
  expect(asked).toHaveLength(1);
  await pass(6_000);
  expect(loaded()).toBe(1);
  pictures.urlOf(somebody('budi'));
  expect(asked).toEqual(['budi', 'budi']);
  await answer('budi');
  expect(pictures.urlOf(somebody('budi'))).toBe('data:image/webp;base64,AAAA');
});

test('one that goes on failing is asked for ever more rarely, and at once when the box is back in touch', async () => {
  const { pictures, asked, refuse, pass } = openPictures();
  for (let minute = 0; minute < 60; minute++) {
    pictures.urlOf(somebody('budi'));
    await refuse('budi', new ApiError('NETWORK'));
    await pass(60_000);
  }
  expect(asked.length).toBeGreaterThan(8);
  expect(asked.length).toBeLessThan(24);
  const before = asked.length;
  pictures.retryNow();
  pictures.urlOf(somebody('budi'));
  expect(asked.length).toBe(before + 1);
});

test('nothing but a picture becomes an address', async () => {
  for (const bad of [{ type: 'image/svg+xml' }, { data: '"><script>' }, { type: 'text/html' }]) {
    const { pictures, answer } = openPictures();
    pictures.urlOf(somebody('budi'));
    await answer('budi', bad as Partial<PictureAnswer>);
    expect(pictures.urlOf(somebody('budi'))).toBeUndefined();
  }
});

test('three are read at a time, and a list of many gets them all', async () => {
  const { pictures, asked, answer } = openPictures();
  const people = Array.from({ length: 8 }, (_, n) => `u${n}`);
  for (const id of people) pictures.urlOf(somebody(id));
  expect(asked).toHaveLength(3);
  for (const id of people) await answer(id);
  expect(asked).toEqual(people);
  expect(people.every((id) => pictures.urlOf(somebody(id)))).toBe(true);
});
