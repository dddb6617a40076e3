/** The worker's own texts: it is small and starts while the page is closed, so it does not load the page's texts. */
const TEXTS = {
  id: {
    language: 'id',
    one: 'Pesan baru',
    unreadable: 'Ada pesan baru di Bisik',
    many: (n: number) => `${n} pesan baru`,
    test: 'Notifikasi di perangkat ini berfungsi.',
    photo: (n: number) => (n > 1 ? `📷 ${n} foto` : '📷 Foto'),
    video: '🎬 Video',
    audio: '🎵 Audio',
    file: '📎 Berkas',
  },
  en: {
    language: 'en',
    one: 'New message',
    unreadable: 'New messages in Bisik',
    many: (n: number) => `${n} new messages`,
    test: 'Notifications on this device work.',
    photo: (n: number) => (n > 1 ? `📷 ${n} photos` : '📷 Photo'),
    video: '🎬 Video',
    audio: '🎵 Audio',
    file: '📎 File',
  },
} as const;

/** The tag of the one notification for all pushes that cannot be read. */
export const UNREADABLE_TAG = 'unreadable';

export type WorkerTexts = (typeof TEXTS)[keyof typeof TEXTS];

export const textsOf = (language: string | undefined): WorkerTexts =>
  language === 'en' ? TEXTS.en : TEXTS.id;

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
