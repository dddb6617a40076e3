import { expect, test } from 'vitest';
import type { PictureAnswer } from '../../../chat-core/src/wire/wire.ts';
import { fakeClock } from '../../test/support/fake-clock.ts';
import { ApiError } from '../api/api-error.ts';
import { createPictures } from './pictures.ts';

function openPictures() {
  const { settle, clock, pass } = fakeClock();
  const requests: string[] = [];
  const answers = new Map<string, PromiseWithResolvers<PictureAnswer>>();
  let loaded = 0;
  const pictures = createPictures(
    (userId) => {
      requests.push(userId);
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
  return { pictures, requests, answer, refuse, pass, loaded: () => loaded };
}

const person = (id: string, pictureId = `p-${id}`) => ({ id, username: id, pictureId });

test('a picture is loaded once and is a data: URL', async () => {
  const { pictures, requests, answer, loaded } = openPictures();
  expect(pictures.urlOf(person('budi'))).toBeUndefined();
  expect(pictures.urlOf(person('budi'))).toBeUndefined();
  await answer('budi');
  expect(pictures.urlOf(person('budi'))).toBe('data:image/webp;base64,AAAA');
  expect(requests).toEqual(['budi']);
  expect(loaded()).toBe(1);
});

test('a person without a picture causes no request, and a new picture is loaded', async () => {
  const { pictures, requests, answer } = openPictures();
  expect(pictures.urlOf({ id: 'citra', username: 'citra' })).toBeUndefined();
  expect(pictures.urlOf(undefined)).toBeUndefined();
  pictures.urlOf(person('budi'));
  await answer('budi');
  expect(pictures.urlOf(person('budi', 'newer'))).toBeUndefined();
  expect(requests).toEqual(['budi', 'budi']);
});

test('a picture that the server refuses is not requested again', async () => {
  const { pictures, requests, refuse, loaded, pass } = openPictures();
  pictures.urlOf(person('budi'));
  await refuse('budi', new ApiError('NOT_FRIENDS', 403));
  await pass(3_600_000);
  expect(pictures.urlOf(person('budi'))).toBeUndefined();
  expect(requests).toEqual(['budi']);
  expect(loaded()).toBe(0);
});

test.each([
  ['a line that broke', new ApiError('NETWORK')],
  ['a timeout', new ApiError('TIMEOUT')],
  ['an unavailable cipher', new ApiError('CIPHER_UNAVAILABLE', 503)],
  ['a rate limit', new ApiError('TOO_MANY_REQUESTS', 429, 8)],
])('a picture that failed by %s is requested again after a backoff', async (_, failure) => {
  const { pictures, requests, answer, refuse, loaded, pass } = openPictures();
  pictures.urlOf(person('budi'));
  await refuse('budi', failure);
  await pass(7_000);
  pictures.urlOf(person('budi'));
  expect(requests).toHaveLength(1);
  await pass(6_000);
  expect(loaded()).toBe(1);
  pictures.urlOf(person('budi'));
  expect(requests).toEqual(['budi', 'budi']);
  await answer('budi');
  expect(pictures.urlOf(person('budi'))).toBe('data:image/webp;base64,AAAA');
});

test('a picture that keeps failing is requested ever more rarely, and at once when the server is back', async () => {
  const { pictures, requests, refuse, pass } = openPictures();
  for (let minute = 0; minute < 60; minute++) {
    pictures.urlOf(person('budi'));
    await refuse('budi', new ApiError('NETWORK'));
    await pass(60_000);
  }
  expect(requests.length).toBeGreaterThan(8);
  expect(requests.length).toBeLessThan(24);
  const before = requests.length;
  pictures.retryNow();
  pictures.urlOf(person('budi'));
  expect(requests.length).toBe(before + 1);
});

test('only image data becomes a data: URL', async () => {
  for (const bad of [{ type: 'image/svg+xml' }, { data: '"><script>' }, { type: 'text/html' }]) {
    const { pictures, answer } = openPictures();
    pictures.urlOf(person('budi'));
    await answer('budi', bad as Partial<PictureAnswer>);
    expect(pictures.urlOf(person('budi'))).toBeUndefined();
  }
});

test('three pictures are loaded at a time until all are there', async () => {
  const { pictures, requests, answer } = openPictures();
  const people = Array.from({ length: 8 }, (_, n) => `u${n}`);
  for (const id of people) pictures.urlOf(person(id));
  expect(requests).toHaveLength(3);
  for (const id of people) await answer(id);
  expect(requests).toEqual(people);
  expect(people.every((id) => pictures.urlOf(person(id)))).toBe(true);
});

test('a picture that nothing shows any more is forgotten', async () => {
  const { pictures, answer, requests } = openPictures();
  pictures.urlOf(person('budi'));
  pictures.urlOf(person('citra'));
  await answer('budi');
  await answer('citra');
  pictures.keepOnly(new Set(['p-citra']));
  expect(pictures.urlOf(person('citra'))).toMatch(/^data:/);
  expect(pictures.urlOf(person('budi'))).toBeUndefined();
  expect(requests).toEqual(['budi', 'citra', 'budi']);
});
