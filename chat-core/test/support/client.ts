import request, { type Response } from 'supertest';
import type { Id, LoginAnswer } from '../../src/wire/wire.ts';
import type { TestApp } from './app.ts';
import { PASSWORD } from './person.ts';

/** A person who is logged in to an app of this process. */
export type Client = {
  id: Id;
  username: string;
  token: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Sends bytes as application/octet-stream. */
  put(path: string, bytes: Uint8Array): Promise<Response>;
  putJson(path: string, body: object): Promise<Response>;
  head(path: string): Promise<Response>;
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  delete(path: string, headers?: Record<string, string>): Promise<Response>;
};

export async function signUp(test: TestApp, username: string, password = PASSWORD): Promise<Client> {
  const { status } = await request(test.app).post('/auth/register').send({ username, password });
  if (status !== 200) throw new Error(`register: ${status} ${test.failures.join('')}`);
  return logIn(test, username, password);
}

export async function logIn(test: TestApp, username: string, password = PASSWORD): Promise<Client> {
  const { body } = await request(test.app).post('/auth/login').send({ username, password }).expect(200);
  const { id, token } = body as LoginAnswer;
  return {
    id,
    username,
    token,
    get: (path, headers = {}) =>
      request(test.app).get(path).set('Authorization', `Bearer ${token}`).set(headers),
    post: (path, body, headers = {}) =>
      request(test.app)
        .post(path)
        .set('Authorization', `Bearer ${token}`)
        .set(headers)
        .send(body as object),
    put: (path, bytes) =>
      request(test.app)
        .put(path)
        .set('Authorization', `Bearer ${token}`)
        .set('Content-Type', 'application/octet-stream')
        .send(Buffer.from(bytes)),
    putJson: (path, body) => request(test.app).put(path).set('Authorization', `Bearer ${token}`).send(body),
    head: (path) => request(test.app).head(path).set('Authorization', `Bearer ${token}`),
    patch: (path, body, headers = {}) =>
      request(test.app)
        .patch(path)
        .set('Authorization', `Bearer ${token}`)
        .set(headers)
        .send(body as object),
    delete: (path, headers = {}) =>
      request(test.app).delete(path).set('Authorization', `Bearer ${token}`).set(headers),
  };
}

/** The id of the device that this client's token belongs to. */
export function deviceOf({ token }: Pick<Client, 'token'>): Id {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()).sid;
}

/** Registers two friends, `ani` and `budi`, who have a conversation without messages. */
export async function signUpFriends(test: TestApp): Promise<[Client, Client]> {
  const [ani, budi] = [await signUp(test, 'ani'), await signUp(test, 'budi')];
  await ani.post('/friends/add', { myId: ani.id, friendUsername: 'budi' });
  return [ani, budi];
}
