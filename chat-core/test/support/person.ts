import type { Activity, Id, LoginAnswer, ReauthenticateAnswer } from '../../src/wire/wire.ts';

export type Answer = { status: number; body: unknown; headers: Headers };

/** A person who is logged in, with the API as a client calls it. */
export type Person = {
  id: Id;
  username: string;
  password: string;
  token: string;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown): Promise<Answer>;
  patch(path: string, body: unknown): Promise<Answer>;
  delete(path: string): Promise<Answer>;
  /** With `wait`, in seconds, it is a long poll. */
  poll(cursor?: string, wait?: number, activity?: Activity): Promise<Answer>;
};

export const PASSWORD = 'kopi-tubruk-pagi';

/** Sends one request; the body of the answer is parsed as JSON unless it is empty. */
export async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  return {
    status: response.status,
    body: text === '' ? undefined : JSON.parse(text),
    headers: response.headers,
  };
}

export function post(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
  method = 'POST',
): Promise<Answer> {
  return ask(url, {
    method,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

/** Repeats a request while the answer is OVERLOADED, as a client does. */
export async function retryWhileOverloaded(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if ((answer.body as { code?: string } | undefined)?.code !== 'OVERLOADED') return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Registers, by an invite where the box requires one, and logs in. */
export async function signUp(url: string, username: string, inviteCode?: string): Promise<Person> {
  const input = { username, password: PASSWORD, inviteCode };
  const registered = await retryWhileOverloaded(() => post(`${url}/auth/register`, input));
  if (registered.status !== 200) throw new Error(`register: ${JSON.stringify(registered.body)}`);
  return logIn(url, username);
}

export async function logIn(url: string, username: string, password = PASSWORD): Promise<Person> {
  const { status, body } = await retryWhileOverloaded(() =>
    post(`${url}/auth/login`, { username, password }),
  );
  if (status !== 200) throw new Error(`log in: ${JSON.stringify(body)}`);
  return personWith(url, { ...(body as LoginAnswer), username, password });
}

/** A person whose token is there already. */
export function personWith(
  url: string,
  { id, username, password, token }: Pick<Person, 'id' | 'username' | 'password' | 'token'>,
): Person {
  const headers = { Authorization: `Bearer ${token}` };
  return {
    id,
    username,
    password,
    token,
    get: (path) => ask(url + path, { headers }),
    post: (path, content) => post(url + path, content, headers),
    patch: (path, content) => post(url + path, content, headers, 'PATCH'),
    delete: (path) => ask(url + path, { method: 'DELETE', headers }),
    poll: (cursor, wait, activity) => {
      const query = new URLSearchParams({
        ...(wait !== undefined && { wait: String(wait) }),
        ...(activity && { activity }),
      });
      return ask(`${url}/sync${query.size > 0 ? `?${query}` : ''}`, {
        headers: cursor ? { ...headers, 'Last-Event-ID': cursor } : headers,
      });
    },
  };
}

/** Registers `name0`, `name1`… and makes friends of each two. */
export async function signUpPairs(url: string, name: string, pairs: number): Promise<[Person, Person][]> {
  const createPair = async (n: number): Promise<[Person, Person]> => {
    const a = await signUp(url, `${name}${2 * n}`);
    const b = await signUp(url, `${name}${2 * n + 1}`);
    const { status } = await retryWhileOverloaded(() =>
      a.post('/friends/add', { myId: a.id, friendUsername: b.username }),
    );
    if (status !== 200) throw new Error(`become friends: ${status}`);
    return [a, b];
  };
  return Promise.all(Array.from({ length: pairs }, (_, n) => createPair(n)));
}

/** Confirms a person's password, and a second factor. */
export function reauthenticate<Answer>(
  who: { post(path: string, body: unknown): Promise<Answer> },
  more: { secondFactor?: object; attemptId?: string; password?: string } = {},
): Promise<Answer> {
  return who.post('/auth/reauthenticate', {
    password: PASSWORD,
    attemptId: crypto.randomUUID(),
    ...more,
  });
}

/** Logs a person out everywhere, with the password. */
export async function logOutEverywhere<Answer extends { body: unknown }>(
  who: { post(path: string, body: unknown): Promise<Answer> },
  password = PASSWORD,
): Promise<Answer> {
  const { ticket } = (await reauthenticate(who, { password })).body as ReauthenticateAnswer;
  return who.post('/auth/logout', { everywhere: true, ticket });
}
