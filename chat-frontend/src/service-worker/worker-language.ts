import type { PushFiles } from '../../../chat-core/src/wire/wire.ts';

const SIGNS: Record<PushFiles['kind'], string> = {
  photo: '📷',
  video: '🎬',
  voice: '🎙',
  audio: '🎵',
  file: '📎',
};

/** The worker's own texts: it is small and starts while the page is closed, so it does not load the page's texts. */
const TEXTS = {
  id: {
    one: 'Pesan baru',
    unreadable: 'Ada pesan baru di Bisik',
    many: (n: number) => `${n} pesan baru`,
    test: 'Notifikasi di perangkat ini berfungsi.',
    kinds: { photo: 'Foto', video: 'Video', voice: 'Pesan suara', audio: 'Rekaman', file: 'Berkas' },
    counts: { photo: 'foto', video: 'video', voice: 'pesan suara', audio: 'rekaman', file: 'berkas' },
  },
  en: {
    one: 'New message',
    unreadable: 'New messages in Bisik',
    many: (n: number) => `${n} new messages`,
    test: 'Notifications on this device work.',
    kinds: { photo: 'Photo', video: 'Video', voice: 'Voice message', audio: 'Recording', file: 'File' },
    counts: {
      photo: 'photos',
      video: 'videos',
      voice: 'voice messages',
      audio: 'recordings',
      file: 'files',
    },
  },
};

/** The tag of the one notification for all pushes that cannot be read. */
export const UNREADABLE_TAG = 'unreadable';

export type WorkerTexts = (typeof TEXTS)[keyof typeof TEXTS];

export const textsOf = (language: string | undefined): WorkerTexts =>
  language === 'en' ? TEXTS.en : TEXTS.id;

/** The files of a message in one line, before its text if it has one: “📷 Foto”, “🎙 0:12”, “📎 laporan.pdf”, “📷 3 foto”. */
export function filesText({ kinds, counts }: WorkerTexts, files: PushFiles, text = ''): string {
  const { kind, count, name, durationMs } = files;
  const seconds = Math.floor((durationMs ?? 0) / 1_000);
  const length = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  const one =
    kind === 'voice' && durationMs !== undefined
      ? length
      : ((kind === 'file' || kind === 'audio') && name) || kinds[kind];
  return `${SIGNS[kind]} ${text || (count > 1 ? `${count} ${counts[kind]}` : one)}`;
}

/** The cache in which the page stores its language for the worker, which cannot read localStorage. */
const CACHE = 'bisik-worker';
const KEY = '/language';

/** @throws ReferenceError or DOMException where the browser has no caches or forbids them */
export async function storeLanguage(language: string): Promise<void> {
  await (await caches.open(CACHE)).put(KEY, new Response(language));
}

export async function storedLanguage(store: CacheStorage): Promise<string | undefined> {
  return (await (await store.open(CACHE)).match(KEY))?.text();
}
