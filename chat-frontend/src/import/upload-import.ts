import type {
  Id,
  ImportProgress,
  ImportRow,
  NewImport,
  OpenImport,
} from '../../../chat-core/src/wire/wire.ts';
import { ApiError, toApiError } from '../api/api-error.ts';
import { createFileApi } from '../api/files.ts';
import type { Http } from '../api/http.ts';
import type { Clock } from '../clock.ts';
import { uploadFile } from '../outbox/upload-file.ts';
import type { ParsedRow } from './imported-chat.ts';
import { baseName } from './read-export.ts';
import type { ZipEntry } from './zip.ts';

/** Rows and bytes of one request; the box takes 200 rows and 64 KiB. */
const MAX_ROWS = 200;
const MAX_BYTES = 56 * 1024;
/** Files of one request: they wait on the box for their rows, and it lets 20 of a person wait. */
const MAX_FILES = 10;
/** Rows that are sent again when an import goes on, so that the box sees that it is the same chat. */
const OVERLAP = 20;
/** Errors after which an attempt later may succeed. */
const PASSING = [
  'NETWORK',
  'TIMEOUT',
  'OVERLOADED',
  'CIPHER_UNAVAILABLE',
  'TOO_MANY_REQUESTS',
  'STORAGE_UNAVAILABLE',
  'TOO_MANY_UPLOADS',
];
/** The box cuts names to less. */
const MAX_NAME = 200;
const MAX_WAIT_MS = 60_000;

export type ImportInput = {
  conversationId: Id;
  source: NewImport['source'];
  name: string;
  rows: readonly ParsedRow[];
  /** The people whom the importer takes authors for, by their names in the export. */
  people: ReadonlyMap<string, Id>;
  media(name: string): ZipEntry | undefined;
};
export type ImportState = { stored: number; total: number; skippedFiles: number; isWaiting: boolean };
type Deps = { http: Http; clock: Clock; signal: AbortSignal; onState(state: ImportState): void };

/** The imports of this person that are not done. */
export const openImports = ({ get }: Http) => get<OpenImport[]>('/imports');
/** Cancels an import, or deletes an archive. */
export const deleteArchive = ({ remove }: Http, conversationId: Id) => remove(`/groups/${conversationId}`);

/**
 * Uploads a chat into an archive, from where the box is to its end. Stopped at any point, the same call goes on. A file that
 * the box refuses for good is named in the text of its row instead.
 * @throws ApiError what will not pass; TIMEOUT when `signal` aborted
 */
export async function uploadImport(input: ImportInput, deps: Deps): Promise<void> {
  const { conversationId, source, name, rows } = input;
  const { http } = deps;
  const state: ImportState = { stored: 0, total: rows.length, skippedFiles: 0, isWaiting: false };
  const show = (change: Partial<ImportState>) => deps.onState(Object.assign(state, change));
  const persist = <Answer>(call: () => Promise<Answer>) =>
    persistently(deps, call, (isWaiting) => show({ isWaiting }));
  const api = createFileApi(http);
  const begun = await persist(() => http.post<ImportProgress>('/imports', { conversationId, source, name }));
  show({ stored: begun.rows });
  // What the box would refuse is not unpacked: it would be in memory as a whole.
  const hasFiles = rows.some(({ file }) => file !== undefined);
  const maxFileBytes = hasFiles ? (await persist(api.storageUse)).maxFileBytes : 0;
  // Rows with files are not compared: their files would be unpacked again.
  let from = begun.rows;
  while (from > 0 && begun.rows - from < OVERLAP && rows[from - 1]?.file === undefined) from -= 1;
  while (from < rows.length) {
    const batch: ImportRow[] = [];
    for (let [bytes, files] = [0, 0]; batch.length < MAX_ROWS; ) {
      const row = rows[from + batch.length];
      if (!row) break;
      if (row.file !== undefined && ++files > MAX_FILES) break;
      const size = new TextEncoder().encode(JSON.stringify(row)).length + 120;
      if (batch.length > 0 && bytes + size > MAX_BYTES) break;
      bytes += size;
      batch.push(await rowOf(row, from + batch.length));
    }
    const start = from;
    const { rows: stored } = await persist(() =>
      http.post<ImportProgress>(`/imports/${conversationId}/rows`, { from: start, rows: batch }),
    );
    from = start + batch.length;
    show({ stored: Math.max(stored, from) });
  }
  await persist(() => http.post<ImportProgress>(`/imports/${conversationId}/done`, { rows: rows.length }));

  async function rowOf(
    { at, name: author, text, file, replyTo }: ParsedRow,
    number: number,
  ): Promise<ImportRow> {
    const userId = author === undefined ? undefined : input.people.get(author);
    const base = {
      at,
      ...(author !== undefined && { name: author.slice(0, MAX_NAME) }),
      ...(userId && { userId }),
      ...(replyTo !== undefined && { replyTo }),
    };
    if (file === undefined) return { ...base, text };
    const id = await fileOf(file, number);
    return id
      ? { ...base, text, attachments: [id] }
      : { ...base, text: `${text}\n(${baseName(file)})`.trim() };
  }

  async function fileOf(path: string, number: number): Promise<Id | undefined> {
    const entry = input.media(path);
    if (!entry || entry.size === 0) return undefined;
    try {
      const content = await entry.open(maxFileBytes);
      const id = fileIdOf(conversationId, number);
      const upload = {
        id,
        conversationId,
        name: baseName(path).slice(0, 255),
        type: typeOf(path),
        size: content.size,
      };
      await persist(() =>
        uploadFile(upload, {
          api,
          clock: deps.clock,
          signal: deps.signal,
          content: async () => content,
          onStored: () => {},
        }),
      );
      return id;
    } catch (thrown) {
      if (deps.signal.aborted) throw thrown;
      // A damaged entry of the zip, or a file that this box does not take.
      const code = thrown instanceof ApiError ? thrown.code : '';
      if (['QUOTA_EXCEEDED', 'BOX_FULL', 'DAILY_LIMIT', 'DISK_FULL', 'UNAUTHENTICATED'].includes(code))
        throw thrown;
      show({ skippedFiles: state.skippedFiles + 1 });
      return undefined;
    }
  }
}

/**
 * The id of the file of a row: the same after a pause or a reload, so that its upload goes on and none is left behind. The last
 * twelve digits of the archive's id give way to the number of the row.
 */
export function fileIdOf(conversationId: Id, number: number): Id {
  return conversationId.slice(0, 24) + number.toString(16).padStart(12, '0');
}

/** Calls until it succeeds or fails for good, waiting longer each time. */
async function persistently<Answer>(
  { clock, signal }: Deps,
  call: () => Promise<Answer>,
  onWaiting: (isWaiting: boolean) => void,
): Promise<Answer> {
  for (let waitMs = 1_000; ; waitMs = Math.min(waitMs * 2, MAX_WAIT_MS)) {
    if (signal.aborted) throw new ApiError('TIMEOUT');
    try {
      const answer = await call();
      onWaiting(false);
      return answer;
    } catch (thrown) {
      const { code, retryAfter } = toApiError(thrown);
      if (signal.aborted || !PASSING.includes(code)) throw thrown;
      onWaiting(true);
      await new Promise<void>((resolve) => {
        const cancel = clock.after(Math.max(waitMs, (retryAfter ?? 0) * 1_000), resolve);
        signal.addEventListener('abort', () => {
          cancel();
          resolve();
        });
      });
    }
  }
}

const TYPES: Record<string, string> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  gif: 'image/gif',
  mp4: 'video/mp4',
  '3gp': 'video/3gpp',
  mov: 'video/quicktime',
  opus: 'audio/ogg',
  ogg: 'audio/ogg',
  mp3: 'audio/mpeg',
  m4a: 'audio/mp4',
  aac: 'audio/aac',
  pdf: 'application/pdf',
  vcf: 'text/vcard',
  txt: 'text/plain',
};

/** The type of a file by its ending: a zip does not say it. */
export function typeOf(path: string): string {
  const ending = /\.([a-z0-9]{1,5})$/i.exec(path)?.[1]?.toLowerCase() ?? '';
  return TYPES[ending] ?? 'application/octet-stream';
}
