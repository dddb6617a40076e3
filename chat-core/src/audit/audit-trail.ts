import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { escapeControls } from '../log.ts';
import { type EventDetails, type EventName, isEventName } from './events.ts';

/** A file is rotated once at this size: both together hold some 2,000 to 4,000 events. */
const MAX_BYTES = 256 * 1024;
/** How long an event may wait to be durable: the operating system has it at once, so only a power cut loses it. */
const SYNC_DELAY_MS = 5000;
/** Lines that wait for a slow disk; beyond, new ones are lost. */
const MAX_WAITING = 1000;
const FOLDER = 'audit';
const PARTS = ['people', 'owners', 'operator'] as const;

type TrailPart = (typeof PARTS)[number];
/** An event as it is stored, one line of JSON. `at` is in epoch milliseconds; `suppressed`: so many more were not stored. */
export type AuditEvent = EventDetails & { at: number; event: EventName; suppressed?: number };

/**
 * The audit trail of a box: `audit/people.jsonl`, `audit/owners.jsonl` and `audit/operator.jsonl` in DATA_DIR, for its owner alone. What
 * people cause cannot push out what owners do, nor a stolen session of an owner what the operator does. Two processes may append: each batch of lines is one write.
 */
export type AuditTrail = {
  /** Stores an event soon, without waiting for the disk. */
  append(part: TrailPart, event: EventName, details: EventDetails & { suppressed?: number }): void;
  /** All events, the oldest first. */
  read(): Promise<AuditEvent[]>;
  /** Resolves once all events are durable. */
  close(): Promise<void>;
};

/** Opens the trail of a folder; nothing is created before the first event. `onError` is called when writing begins to fail. */
export function openAuditTrail(
  dataDir: string,
  onError: (error: unknown) => void = () => {},
  now: () => number = Date.now,
): AuditTrail {
  const folder = join(dataDir, FOLDER);
  let hasFailed = false;
  const files = Object.fromEntries(
    PARTS.map((part) => {
      const onResult = (error?: unknown) => {
        if (error !== undefined && !hasFailed) onError(error);
        hasFailed = error !== undefined;
      };
      return [part, new TrailFile(folder, part, onResult)];
    }),
  ) as Record<TrailPart, TrailFile>;
  return {
    append: (part, event, details) =>
      files[part].append(escapeControls(JSON.stringify({ at: now(), event, ...details }))),
    read: async () => {
      const events = await Promise.all(PARTS.map((part) => files[part].read()));
      return events.flat().sort((a, b) => a.at - b.at);
    },
    close: async () => {
      await Promise.all(PARTS.map((part) => files[part].close()));
    },
  };
}

/** One file of lines, and the one before it. */
class TrailFile {
  private readonly folder: string;
  private readonly path: string;
  private readonly rotatedPath: string;
  private readonly onResult: (error?: unknown) => void;
  private waiting: string[] = [];
  private writing: Promise<void> | undefined;
  private syncTimer: NodeJS.Timeout | undefined;
  private hasWritten = false;

  constructor(folder: string, name: string, onResult: (error?: unknown) => void) {
    this.folder = folder;
    this.path = join(folder, `${name}.jsonl`);
    this.rotatedPath = join(folder, `${name}.1.jsonl`);
    this.onResult = onResult;
  }

  append(line: string): void {
    if (this.waiting.length < MAX_WAITING) this.waiting.push(`${line}\n`);
    this.writing ??= this.write()
      .then(() => this.onResult(), this.onResult)
      .finally(() => {
        this.writing = undefined;
      });
  }

  async read(): Promise<AuditEvent[]> {
    await this.writing;
    return [...(await readEvents(this.rotatedPath)), ...(await readEvents(this.path))];
  }

  async close(): Promise<void> {
    await this.writing;
    if (!this.syncTimer) return;
    clearTimeout(this.syncTimer);
    await this.sync().catch(this.onResult);
  }

  private async write(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    while (this.waiting.length > 0) {
      const { size } = await stat(this.path).catch(() => ({ size: 0 }));
      if (size >= MAX_BYTES) await rename(this.path, this.rotatedPath);
      // A line that a power cut has torn must not take the next one with it.
      const lines = [...(size > 0 && !this.hasWritten ? ['\n'] : []), ...this.waiting.splice(0)];
      this.hasWritten = true;
      const file = await open(this.path, 'a', 0o600);
      try {
        await file.appendFile(lines.join(''));
      } finally {
        await file.close();
      }
    }
    this.syncTimer ??= setTimeout(() => void this.sync().catch(this.onResult), SYNC_DELAY_MS).unref();
  }

  private async sync(): Promise<void> {
    this.syncTimer = undefined;
    const file = await open(this.path, 'r+');
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  }
}

/** The events of a file. A line that a power cut has torn is left out. */
async function readEvents(path: string): Promise<AuditEvent[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      const event = JSON.parse(line) as AuditEvent;
      return typeof event.at === 'number' && isEventName(event.event) ? [event] : [];
    } catch {
      return [];
    }
  });
}
