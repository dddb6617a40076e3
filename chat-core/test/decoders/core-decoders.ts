import { createSecretKey } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { crc32 } from 'node:zlib';
import { framesAgree } from '../../src/attachments/audio-frames.ts';
import { inlineType, sniff } from '../../src/attachments/content-type.ts';
import { isContradicted } from '../../src/attachments/declared-type.ts';
import { checkAddress, signAddress } from '../../src/attachments/file-address.ts';
import { createDeviceProofs } from '../../src/auth/device-proof.ts';
import { openTokens } from '../../src/auth/tokens.ts';
import { hashCode } from '../../src/codes.ts';
import { ArchiveReader, writeArchive } from '../../src/commands/backup/archive.ts';
import { type Manifest, parseManifest } from '../../src/commands/backup/manifest.ts';
import { decodeText } from '../../src/commands/import/decode-text.ts';
import { readLegacyContent, readLegacyKey } from '../../src/commands/import/legacy-cipher.ts';
import { readSeedFile } from '../../src/commands/import/seed-file.ts';
import { readTime } from '../../src/commands/import/seed-times.ts';
import { ApiError } from '../../src/errors.ts';
import { createClientIpOf, networkOf } from '../../src/http/client-ip.ts';
import { createHostCheck } from '../../src/http/host-check.ts';
import { parseRange } from '../../src/http/range.ts';
import { isPushEndpoint } from '../../src/push/endpoint.ts';
import { createTickets } from '../../src/second-factor/tickets.ts';
import { stepOfCode, toBase32 } from '../../src/second-factor/totp.ts';
import { authenticatorOf, TAG_CHARACTERS } from '../../src/storage/lowdb/disk/authenticator.ts';
import { keyedDisk } from '../../src/storage/lowdb/disk/keyed-disk.ts';
import { memoryDisk } from '../../src/storage/lowdb/disk/memory-disk.ts';
import {
  encodeRecord,
  readRecord,
  scanRecords,
  writeLine,
} from '../../src/storage/lowdb/journal/journal-record.ts';
import { newMeta, readMeta } from '../../src/storage/lowdb/pages/meta.ts';
import { CorruptionError, documentBytes, PageFile } from '../../src/storage/lowdb/pages/page-file.ts';
import { changesOf } from '../../src/storage/rows.ts';
import { readCursor, writeCursor } from '../../src/sync/cursor.ts';
import { EXAMPLE } from '../../src/wire/examples.ts';
import { readCaption, readText } from '../../src/wire/text.ts';
import { codeOf } from '../support/totp-code.ts';
import { type Decoder, refused } from './fuzz.ts';

const NOW = Date.UTC(2026, 0, 5);
const text = (...texts: string[]) => texts.map((one) => Buffer.from(one));
const json = (...values: unknown[]) => values.map((value) => Buffer.from(JSON.stringify(value)));
const parse = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
};
const isApiError = (error: unknown) => error instanceof ApiError;
const isCorruption = (error: unknown) => error instanceof CorruptionError;
const hasSentence = (pattern: RegExp) => (error: unknown) =>
  error instanceof Error && pattern.test(error.message);
const sumOf = (bytes: Buffer) => crc32(bytes).toString(16).padStart(8, '0');

const ids = { ani: EXAMPLE.group.id, budi: EXAMPLE.uploadId, conversation: EXAMPLE.invite.id };
const row = {
  id: '7f8b3c52-6f0e-4c56-9d0c-5a1c3f3b2a10',
  conversationId: ids.conversation,
  senderId: ids.ani,
  receiverId: ids.budi,
  seq: 1,
  rev: 3,
  timestamp: NOW,
  v: 1 as const,
  kid: 'k1',
  content: 'usMgT46J6KUl3Jl4byGArTYpRpSsdBdrcM3DZnYhQ108KH6X',
};
const account = {
  id: ids.ani,
  username: 'ani',
  password: '$2b$10$x',
  contacts: [ids.budi],
  tokenVersion: 1,
  devices: [{ id: ids.budi, name: 'HP', createdAt: NOW, lastSeenDay: 20_000 }],
};
const lineOf = (...[record]: Parameters<typeof encodeRecord>) =>
  writeLine(encodeRecord(record), 'c'.repeat(22));
const record = lineOf({
  ...changesOf({ messages: [row], edits: [{ ...row, changedRev: 3 }] } as never),
  revision: 3,
  durable: 2,
  at: NOW,
});
const header = lineOf({ journal: 7, from: 3, size: 4096 });

/** Checksums of each line computed anew, with its authentication code or, as before format 7, without one. */
const repairRecords = (input: Buffer) =>
  Buffer.concat(
    input
      .toString('latin1')
      .split('\n')
      .filter((line) => line.length > 0)
      .map((line) => {
        const tag = line[8] === ' ' ? '' : line.slice(0, TAG_CHARACTERS);
        return writeLine(Buffer.from(line.slice(tag.length + 9), 'latin1'), tag);
      }),
  );
const authenticator = authenticatorOf('/d');
authenticator.use({ epoch: ids.ani });
const diskWith = (path: string, input: Buffer) =>
  keyedDisk(memoryDisk(new Map([[path, input]])), '/d', authenticator);
const PAGE = '/d/users/0001.json';
const META = '/d/meta.json';
const documentAt = (path: string, document: object) =>
  documentBytes(diskWith(path, Buffer.of()), path, document);
/** The authentication code and the checksum of a document computed anew. */
const repairDocument = (path: string) => (input: Buffer) => {
  const end = input.lastIndexOf(',"mac":"');
  const body = end < 0 ? input : input.subarray(0, end);
  const coded = Buffer.concat([body, Buffer.from(`,"mac":"${authenticator.tagDocument(path, body)}"`)]);
  return Buffer.concat([coded, Buffer.from(`,"crc":"${sumOf(coded)}"}\n`)]);
};

const tokenKey = Buffer.alloc(32, 9);
const tokens = openTokens({ current: tokenKey }, () => NOW);
const caller = { userId: ids.ani, deviceId: ids.budi, version: 1, issuedAt: NOW / 1000 };
const token = tokens.sign(caller);
const key = createSecretKey(tokenKey);
const TOTP_SECRET = toBase32(tokenKey.subarray(0, 20));
const proofs = createDeviceProofs(key);
const proof = proofs.issue('ani');
const tickets = createTickets(key, () => NOW);
const { ticket } = tickets.issue(caller);
const store = {
  signedIn: () => ({ tokenVersion: 1, devices: [{ id: ids.budi }] }),
  time: { now: () => NOW, toWall: (at: number) => at },
} as never;
const file = { conversationId: ids.conversation, seq: 4, attachmentId: ids.budi };
const { path: address } = signAddress({ store, key }, caller, file);
const cursor = writeCursor({ epoch: ids.ani, revision: 12, ephemeral: { run: '0a1b2c3d', n: 4 } });

const manifest: Manifest = {
  format: 2,
  created: NOW,
  revision: 3,
  epoch: ids.ani,
  files: [],
  attachments: { place: 'archive', files: [{ name: `data/attachments/${ids.ani}/${ids.budi}`, size: 5 }] },
};
const archive = async () => {
  const pieces: Buffer[] = [];
  for await (const piece of writeArchive(manifest, [], () => {})) pieces.push(piece);
  return Buffer.concat([...pieces, Buffer.alloc(1024)]);
};

const requestOf = (host: string | undefined, url: string, forwarded: string) =>
  ({
    url,
    headers: { host, 'cf-connecting-ip': forwarded, 'x-forwarded-for': forwarded, forwarded },
    socket: { remoteAddress: '10.0.0.1' },
  }) as unknown as IncomingMessage;
const isTrusted = () => true;
const checkHost = createHostCheck({ publicUrl: 'https://chat.example.org', allowedHosts: [], isTrusted });
const clientIps = (['CF-Connecting-IP', 'X-Forwarded-For', 'Forwarded'] as const).map((header) =>
  createClientIpOf({ trustedProxies: [{ network: '10.0.0.0/8', header }] }),
);

const seedFile = {
  users: [
    { id: '1', username: 'ani', password: `$2b$10$${'a'.repeat(53)}`, contacts: ['2'] },
    { id: '2', username: 'budi', password: 'x', contacts: ['1'], blocked: [], asked: ['3'] },
  ],
  chats: [
    { id: 'a', senderId: '1', receiverId: '2', content: 'hai', timestamp: '2024-05-01T10:00:00Z' },
    { id: 'b', senderId: '2', receiverId: '1', content: row.content, timestamp: { $date: NOW } },
    {
      id: 'c',
      senderId: '1',
      conversationId: 'g',
      content: '',
      timestamp: NOW,
      v: 1,
      kid: 'k',
      event: { type: 'added', userIds: ['2'] },
      attachments: [{ id: ids.budi, size: 5, type: 'image/png', name: 'a.png' }],
      hiddenFor: ['2'],
    },
  ],
  groups: [
    { id: 'g', name: 'Keluarga', members: [{ userId: '1', role: 'owner', fromSeq: 1, joinedSeq: 0 }] },
  ],
};

/** Every decoder of chat-core that reads what others sent or stored; schemas of requests are fuzzed by fuzz.test.ts. */
export const CORE_DECODERS: Record<string, Decoder> = {
  'a record of the journal': {
    examples: [record, header, Buffer.concat([header, record, record])],
    decode: (input) => {
      const found = readRecord(input, 0);
      if (found && found.end > input.length) throw new Error('it ends behind the file');
      for (const one of scanRecords(input, 0)) if (typeof one.revision !== 'number') return refused;
      return found ? undefined : refused;
    },
    repair: repairRecords,
  },
  'a page': {
    examples: [{ rows: [account], asOf: 3 }, { rows: [row, row], asOf: 4 }, { asOf: 0 }].map((document) =>
      documentAt(PAGE, document),
    ),
    decode: (input) => new PageFile(diskWith(PAGE, input), PAGE).read(),
    isRefusal: isCorruption,
    repair: repairDocument(PAGE),
  },
  'meta.json': {
    examples: [newMeta(), { ...newMeta(), sealedWith: 'k1', newestJournal: 4 }].map((meta) =>
      documentAt(META, meta),
    ),
    decode: (input) => readMeta(diskWith(META, input), '/d'),
    isRefusal: isCorruption,
    repair: repairDocument(META),
  },
  'a token': {
    examples: text(token),
    decode: (input) => {
      const found = tokens.verify(input.toString('latin1'));
      if (found && found.userId !== caller.userId) throw new Error('it names another person');
      return found ?? refused;
    },
  },
  'the proof of a device': {
    examples: text(proof),
    decode: (input) => {
      const given = input.toString('latin1');
      if (!proofs.isValid('ani', given)) return refused;
      if (given !== proof) throw new Error('another text is the same proof');
      return undefined;
    },
  },
  'a ticket': {
    examples: text(ticket),
    decode: (input) => {
      const given = input.toString('latin1');
      tickets.check(caller, given);
      if (given !== ticket) throw new Error('another text is the same ticket');
    },
    isRefusal: isApiError,
  },
  'a signed address of a file': {
    examples: text(address),
    decode: (input) => {
      const query = URL.parse(input.toString('latin1'), 'http://x')?.searchParams;
      const [person, device, expires, signature] = ['person', 'device', 'expires', 'signature'].map(
        (name) => query?.get(name) ?? '',
      );
      checkAddress({ store, key }, file, {
        person: person ?? '',
        device: device ?? '',
        expires: Number(expires),
        signature: signature ?? '',
      });
      if (person !== ids.ani) throw new Error('it names another person');
    },
    isRefusal: isApiError,
  },
  'a cursor': {
    examples: text(cursor, `${cursor}.14`),
    decode: (input) => {
      const read = readCursor(input.toString('latin1'));
      if (![read.revision, read.seen ?? 0].every(Number.isSafeInteger))
        throw new Error('its revision is no number');
    },
    isRefusal: isApiError,
  },
  'a Range header': {
    examples: text('bytes=0-3', 'bytes=4-', 'bytes=-2', 'bytes=0-1,3-4'),
    decode: (input) => {
      const range = parseRange(input.toString('latin1'), 1000);
      if (range === undefined || range === 'unsatisfiable') return refused;
      const { start, end } = range;
      if (!(start >= 0 && start < end && end <= 1000)) throw new Error('it is no range of the file');
      return undefined;
    },
  },
  'the content of a file': {
    examples: [
      Buffer.from(EXAMPLE.png, 'base64'),
      Buffer.from('000000206674797069736f6d0000020069736f6d69736f32617663316d703431', 'hex'),
      Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d42878104', 'hex'),
      Buffer.from(`fffb90${'00'.repeat(414)}`.repeat(4), 'hex'),
      Buffer.from(`fff1508003fffc${'00'.repeat(24)}`.repeat(5), 'hex'),
    ],
    decode: (input) => {
      for (const type of ['image/png', 'audio/mp4', 'video/webm', 'text/html']) {
        inlineType(type, input);
        isContradicted(type, input);
      }
      framesAgree(input);
      return sniff(input) ?? refused;
    },
  },
  'the manifest of a backup': {
    examples: json(manifest, {
      ...manifest,
      files: [{ name: 'data/users/0001.json', size: 3, sha256: 'a'.repeat(64) }],
    }),
    decode: (input) => parseManifest(input),
    isRefusal: hasSentence(/^This is no backup that this version of Bisik can read\.$/),
  },
  'the archive of a backup': {
    examples: [await archive()],
    decode: async (input) => {
      const half = Math.floor(input.length / 2);
      const pieces = [input.subarray(0, half), input.subarray(half)];
      const reader = new ArchiveReader(
        (async function* () {
          yield* pieces;
        })(),
      );
      await reader.manifest();
      for (let entry = await reader.next(); entry; entry = await reader.next())
        for await (const bytes of entry.bytes) if (bytes.length > input.length) throw new Error('it grows');
    },
    isRefusal: hasSentence(
      /^(The backup is not complete|This is no backup that this version of Bisik can read)\.$/,
    ),
    // A header with another size or name and its right sum.
    repair: (input) => {
      if (input.length < 512) return input;
      input.fill(0x20, 148, 156);
      const sum = input.subarray(0, 512).reduce((all, byte) => all + byte, 0);
      input.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
      return input;
    },
    oneOf: 5,
  },
  'a database to import': {
    examples: json(seedFile, { users: seedFile.users, messages: seedFile.chats }),
    decode: (input) => {
      const { rows } = readSeedFile(decodeText(input), NOW);
      for (const { timestamp } of rows)
        if (!Number.isSafeInteger(timestamp)) throw new Error('a message has no time');
    },
    isRefusal: hasSentence(
      /^(This is no database of the original project|The file is not|The file begins as)/,
    ),
  },
  'a time to import': {
    examples: json(
      '2024-05-01T10:00:00.123Z',
      '1 May 2024, 10:00',
      'Wed, 01 May 2024 10:00:00 GMT',
      '31/12/2023 10:00',
      { $date: { $numberLong: '1714557600000' } },
      1_714_557_600,
    ),
    decode: (input) => {
      const value = parse(input) ?? input.toString();
      const time = readTime(value);
      if (time !== undefined && !Number.isSafeInteger(time)) throw new Error('it is no time');
      return time ?? refused;
    },
  },
  'a content of the original project': {
    examples: text(row.content, Buffer.from(row.content, 'base64').toString('hex'), 'hai', 'aGFsbw=='),
    decode: (input) => readLegacyContent(input.toString(), tokenKey),
  },
  'a key of the original project': {
    examples: [
      tokenKey,
      ...text(tokenKey.toString('hex'), tokenKey.toString('base64'), '12345678901234567890123456789012'),
    ],
    decode: (input) => {
      if (readLegacyKey(input).length !== 32) throw new Error('it has another length');
    },
    isRefusal: hasSentence(/^The legacy key has 32 bytes/),
  },
  'a Host header and a target': {
    examples: text(
      'chat.example.org /sync',
      '192.168.1.5:8080 /',
      '[::1]:80 *',
      'box.local http://box.local/a',
    ),
    decode: (input) => {
      const [host, url = '/'] = input.toString('latin1').split(' ');
      return checkHost(requestOf(host, url, '')) === 'accepted' ? undefined : refused;
    },
  },
  'an address of a client': {
    examples: text(
      '203.0.113.7',
      '2001:db8:1:2::3',
      '::ffff:10.1.2.3',
      '203.0.113.7, 10.0.0.2',
      'fe80::1%eth0',
    ),
    decode: (input) => {
      for (const clientIpOf of clientIps) {
        const network = networkOf(clientIpOf(requestOf('x', '/', input.toString('latin1'))));
        if (!/^[0-9a-f.:%\w]{2,60}$/.test(network)) throw new Error(`${network} is no network`);
      }
    },
  },
  'the endpoint of a push service': {
    examples: text(
      EXAMPLE.push.endpoint,
      'https://fcm.googleapis.com/fcm/send/abc',
      'https://[2001:db8::1]/x',
    ),
    decode: (input) => (isPushEndpoint(input.toString()) ? undefined : refused),
  },
  'a code': {
    examples: text('0A1B-2C3D-4E5F-6G7H', codeOf(TOTP_SECRET, NOW)),
    decode: (input) => {
      hashCode('reset', input.toString());
      return stepOfCode(TOTP_SECRET, input.toString(), NOW) ?? refused;
    },
    oneOf: 5,
  },
  'the text of a message': {
    examples: text('halo\tdunia\n', 'e\u0301 👨‍👩‍👧 \u202eabc', '\u2800'),
    decode: (input) => {
      readCaption(input.toString());
      const read = readText(input.toString());
      if (readText(read) !== read) throw new Error('reading it again changes it');
    },
    isRefusal: isApiError,
  },
};
