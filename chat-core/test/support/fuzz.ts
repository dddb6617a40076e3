import { Agent, request } from 'node:http';
import fc from 'fast-check';
import { answerChecker, type Described, type Document, operationsOf } from './document.ts';

export type Sent = {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: Buffer | undefined;
};
export type Target = {
  port: number;
  document: Document;
  /** By field, ids with which a request of the first token passes the checks. */
  ids: Record<string, string>;
  /** By field, other values with which an operation passes the checks. */
  values?: (operation: string) => Record<string, string[]>;
  /** Tokens that are valid now: an operation may end them. */
  tokens: () => Promise<string[]>;
  /**
   * Restores the state that an operation needs, which other requests or its own may have changed. Returns the values that
   * replace placeholders, such as CODE, in the following paths and bodies.
   */
  prepare?: (operation: string) => Promise<Record<string, string>>;
  /** The request to send instead of one that would destroy what all operations need. */
  spare?: (sent: Sent) => Sent;
  /** A number that changes with every commit. */
  revision: () => number;
};

/** How often each operation, as `method path`, answered each status; other methods count under ANOTHER_METHOD. */
export type Statuses = Map<string, Map<number, number>>;
export const ANOTHER_METHOD = 'another method';

type Json = Record<string, unknown>;

/** What no answer may contain: stacks, paths, names of libraries. */
const LEAK = /node_modules|\.ts:\d|\bat \w+ \(|\/src\/|zod|lowdb|express/i;
/** Placeholders for the tokens that are valid when a request is sent. */
const [FIRST, SECOND] = ['$1', '$2'];
/** Placeholder in a body for a code that is valid when it is sent: a code allows few wrong attempts. */
export const CODE = '$code';
/** The size of the file that the fuzzed uploads are for. */
export const BINARY_SIZE = 5;
/** Operations with a state that is not in the store: counts of wrong attempts, bytes of uploads, codes of a provider. */
const HAS_OTHER_STATE = /reset-password|second-factor|oidc|reauthenticate|attachments|settings/;
/** A login ends the session that was unused for longest, once there are ten: after some of them that of the tokens. */
const ENDS_TOKENS = /logout|change-password|reset-password|login/;
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** Hostile values for any field. */
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    '',
    null,
    0,
    -1,
    1e308,
    true,
    [],
    {},
    '\u0000',
    '\ud800',
    '__proto__',
    'constructor',
    ['a'],
    { $ne: 1 },
  ),
  fc.integer({ min: 200, max: 20_000 }).map((length) => 'x'.repeat(length)),
  fc.string({ unit: 'binary', maxLength: 60 }),
);

/** Made once: fast-check prepares the values by which it shrinks a string for 40 ms. */
const [shortText, text] = [fc.string({ maxLength: 30 }), fc.string({ maxLength: 90 })];

/** Values that exist on the server, by field. */
type Known = { ids: Target['ids']; values: Record<string, string[]> };

/** A value that a schema allows, mostly one that exists. */
function valid(schema: Json, known: Known, name = ''): fc.Arbitrary<unknown> {
  const ids = Object.values(known.ids);
  if (schema.format === 'uuid') {
    const fitting = known.values[name] ?? [known.ids[name] ?? ids[0]];
    return fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...fitting) },
      fc.constantFrom(...ids),
      fc.uuid(),
    );
  }
  if (schema.type === 'boolean') return fc.boolean();
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum, ...(known.values[name] ?? []));
  if (schema.type === 'integer') {
    const min = Number(schema.minimum ?? 0);
    const any = fc.integer({ min: min, max: min + 2 });
    const fitting = known.values[name]?.map(Number) ?? [];
    return fitting.length === 0 ? any : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...fitting) }, any);
  }
  if (schema.type === 'string') {
    const fitting = known.values[name] ?? (schema.example === undefined ? [] : [schema.example]);
    const any = schema.pattern
      ? fc.stringMatching(new RegExp(String(schema.pattern)))
      : fc.oneof(text, fc.constantFrom('sari', 'budi', 'ani', '1', '20'));
    return fitting.length === 0 ? any : fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...fitting) }, any);
  }
  if (Array.isArray(schema.anyOf)) return fc.oneof(...schema.anyOf.map((one) => valid(one, known, name)));
  if (schema.type === 'null') return fc.constant(null);
  if (schema.type === 'array') {
    const min = Number(schema.minItems ?? 0);
    const item = valid(schema.items as Json, known, name);
    const ofLength = (length: number) => fc.array(item, { minLength: length, maxLength: length });
    // Lists that have to be of one length, or to name nothing twice, are mostly refused when they are longer.
    const [weight, more] = min > 0 ? [3, 1] : [1, 1];
    return fc.oneof({ weight, arbitrary: ofLength(min) }, { weight: more, arbitrary: ofLength(min + 1) });
  }
  if (schema.type !== 'object') return odd;
  const properties = (schema.properties ?? {}) as Record<string, Json>;
  const requiredKeys = (schema.required ?? []) as string[];
  const fields = Object.entries(properties).map(
    ([name, field]) => [name, valid(field, known, name)] as const,
  );
  // Half of them without the optional fields of which no value exists: most of those are refused for one of them.
  const fitting = fields.filter(
    ([name]) =>
      requiredKeys.includes(name) || known.values[name] !== undefined || known.ids[name] !== undefined,
  );
  return fc.oneof(
    fc.record(Object.fromEntries(fields), { requiredKeys }),
    fc.record(Object.fromEntries(fitting), { requiredKeys }),
  );
}

/** Binary bodies: of the size that the server expects, of others, and JSON. */
function binaryBodies(): fc.Arbitrary<Buffer | undefined> {
  const sizes = [BINARY_SIZE, 0, 1, 64 * 1024, 256 * 1024, 256 * 1024 + 1];
  return fc.oneof(
    { weight: 20, arbitrary: fc.constant(Buffer.alloc(BINARY_SIZE, 0x61)) },
    { weight: 10, arbitrary: fc.constantFrom(...sizes.map((size) => Buffer.alloc(size, 0x61))) },
    { weight: 2, arbitrary: fc.constant(Buffer.from('{}')) },
  );
}

/** Bodies: valid by the schema, wrong in one field, or not JSON. */
function bodies(schema: Json | undefined, known: Known): fc.Arbitrary<Buffer | undefined> {
  if (!schema) return fc.constantFrom(undefined, Buffer.from('{}'), Buffer.from('x'));
  const right = valid(schema, known) as fc.Arbitrary<Json>;
  const names = Object.keys((schema.properties ?? {}) as object);
  const json = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '');
  return fc.oneof(
    { weight: 40, arbitrary: right.map(json) },
    {
      weight: 40,
      arbitrary: fc
        .tuple(right, fc.constantFrom('more', '__proto__', 'constructor', ...names), odd)
        .map(([body, name, value]) =>
          // Written by hand: __proto__ must arrive as a key.
          Buffer.from(
            `{${[...Object.entries(body).filter(([key]) => key !== name), [name, value]]
              .map(([key, field]) => `${JSON.stringify(key)}:${JSON.stringify(field) ?? 'null'}`)
              .join(',')}}`,
          ),
        ),
    },
    { weight: 2, arbitrary: odd.map(json) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)) },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        Buffer.from('['.repeat(10_000) + ']'.repeat(10_000)),
        Buffer.from(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`),
        Buffer.from(`{"message":"${'\\u0000'.repeat(10)}"}`),
        Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
      ),
    },
    { weight: 1, arbitrary: fc.constant(Buffer.alloc(1024 * 1024, 0x61)) },
  );
}

function requests(described: Described, known: Known): fc.Arbitrary<Sent> {
  const { operation } = described;
  const { 'application/json': json, 'application/octet-stream': binary } =
    operation.requestBody?.content ?? {};
  const isBinary = binary !== undefined;
  const parameter = (name: string, schema: object) =>
    fc.oneof({ weight: 12, arbitrary: valid(schema as Json, known, name) }, shortText);
  const given = operation.parameters.map(({ name, in: where, schema, required }) =>
    fc.tuple(
      fc.constant({ name, where }),
      required ? parameter(name, schema) : fc.option(parameter(name, schema), { nil: undefined, freq: 2 }),
    ),
  );
  return fc
    .record({
      method: fc.oneof(
        { weight: 12, arbitrary: fc.constant(described.method.toUpperCase()) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'),
        },
      ),
      prefix: fc.constantFrom('', '/api'),
      values: fc.tuple(...given),
      extra: fc.oneof(
        { weight: 9, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.constantFrom('x=1', '__proto__=1', 'a[b]=c', '%ff=%', 'limit=1&limit=2') },
      ),
      token: fc.oneof(
        { weight: 8, arbitrary: fc.constant(FIRST) },
        { weight: 2, arbitrary: fc.constant(SECOND) },
        { weight: 1, arbitrary: fc.constantFrom('', 'x', 'a.b.c') },
      ),
      type: fc.oneof(
        { weight: 12, arbitrary: fc.constant(isBinary ? 'application/octet-stream' : 'application/json') },
        {
          weight: 1,
          arbitrary: fc.constantFrom(
            isBinary ? 'application/json' : 'application/octet-stream',
            'text/plain',
            'application/json; charset=utf-16',
            'application/x-www-form-urlencoded',
            '',
          ),
        },
      ),
      encoding: fc.oneof(
        { weight: 30, arbitrary: fc.constant('') },
        { weight: 1, arbitrary: fc.constantFrom('gzip', 'br', 'x') },
      ),
      body: isBinary ? binaryBodies() : bodies(json?.schema as Json | undefined, known),
    })
    .map(({ method, prefix, values: given, extra, token, type, encoding, body }) => {
      const of = (where: string) =>
        given.flatMap(([field, value]): [string, string][] =>
          field.where === where && value !== undefined ? [[field.name, String(value)]] : [],
        );
      const filled = of('path').reduce(
        (path, [name, value]) => path.replace(`{${name}}`, encodeSafely(value)),
        described.path,
      );
      const query = of('query').map(([name, value]) => `${name}=${encodeSafely(value)}`);
      const headers = of('header').filter(([, value]) => /^[\x20-\x7e]*$/.test(value));
      return {
        method,
        path: `${prefix}${filled}?${[...query, extra].filter(Boolean).join('&')}`,
        headers: {
          ...Object.fromEntries(headers),
          ...(token && { Authorization: `Bearer ${token}` }),
          ...(body && type && { 'Content-Type': type }),
          ...(body && encoding && { 'Content-Encoding': encoding }),
        },
        body: method === 'GET' ? undefined : body,
      };
    });
}

function filled(sent: Sent, [first = '', second = '']: string[], values: Record<string, string>): Sent {
  const { Authorization: given, ...others } = sent.headers;
  const headers = Object.fromEntries(
    Object.entries(others).map(([name, value]) => [name, values[value] ?? value]),
  );
  let { path, body } = sent;
  for (const [placeholder, value] of Object.entries(values)) {
    path = path.replace(placeholder, value);
    if (body?.includes(placeholder)) body = Buffer.from(body.toString().replace(placeholder, value));
  }
  if (given === undefined) return { ...sent, path, headers, body };
  const Authorization = given.replace(FIRST, () => first).replace(SECOND, () => second);
  return { ...sent, path, headers: { ...headers, Authorization }, body };
}

function encodeSafely(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

function send(
  port: number,
  { method, path, headers, body }: Sent,
): Promise<{ status: number; text: string; isJson: boolean }> {
  return new Promise((done, fail) => {
    const sent = request(
      { port, agent, method, path, headers: { ...headers, 'Content-Length': body?.length ?? 0 } },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          done({
            status: answer.statusCode ?? 0,
            text: Buffer.concat(chunks).toString(),
            isJson: answer.headers['content-type']?.startsWith('application/json') ?? true,
          }),
        );
      },
    );
    sent.on('error', fail);
    sent.end(body);
  });
}

/**
 * Sends `runs` valid and invalid requests generated from the API document, and checks each answer: no 5xx, the documented
 * status and shape, no leak, and nothing stored by a refused request. @throws with the seed and the request
 */
export async function fuzz(target: Target, runs: number, seed: number): Promise<Statuses> {
  const check = answerChecker(target.document);
  const statuses: Statuses = new Map();
  const operations = operationsOf(target.document);
  const others = new Map<number, number>();
  statuses.set(ANOTHER_METHOD, others);
  for (const [index, described] of operations.entries()) {
    const name = `${described.method} ${described.path}`;
    const own = new Map<number, number>();
    statuses.set(name, own);
    let tokens = await target.tokens();
    let replacements = (await target.prepare?.(name)) ?? {};
    const known = { ids: target.ids, values: target.values?.(name) ?? {} };
    const property = fc.asyncProperty(requests(described, known), async (generated) => {
      const sent = target.spare?.(generated) ?? generated;
      const isOwn = sent.method === described.method.toUpperCase();
      const counts = isOwn ? own : others;
      const before = target.revision();
      const { status, text, isJson } = await send(target.port, filled(sent, tokens, replacements));
      counts.set(status, (counts.get(status) ?? 0) + 1);
      if (status >= 500) throw new Error(`a 5xx: ${status} ${text}`);
      if (status >= 400) {
        if (LEAK.test(text)) throw new Error(`a leak: ${text}`);
        const { error, code } = JSON.parse(text);
        if (typeof error !== 'string' || !/^[A-Z_]+$/.test(code))
          throw new Error(`not the error shape: ${text}`);
        if (target.revision() !== before)
          throw new Error(`refused with ${status}, and yet something was stored`);
      }
      if (status === 200 && ENDS_TOKENS.test(sent.path)) tokens = await target.tokens();
      const mayHaveChanged = (status === 200 || status === 403) && HAS_OTHER_STATE.test(name);
      if (mayHaveChanged || target.revision() !== before) replacements = (await target.prepare?.(name)) ?? {};
      // With another method, or a path changed by its parameter, the request reached another operation.
      if (status === 404 || status === 405 || !isOwn) return;
      const body = isJson ? (text === '' ? undefined : JSON.parse(text)) : Buffer.from(text);
      const wrong = check(described, status, body);
      if (wrong) throw new Error(wrong);
    });
    const run = await fc.check(property, {
      numRuns: Math.ceil(runs / operations.length),
      seed: seed + index,
      endOnFailure: true,
    });
    if (run.failed)
      throw new Error(`${run.errorInstance} (seed ${seed}) ${JSON.stringify(run.counterexample)}`);
  }
  return statuses;
}
