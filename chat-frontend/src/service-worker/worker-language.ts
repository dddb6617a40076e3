/** What the worker says itself. It has no part of the page's wording: it is small, and starts while the page is closed. */
const WORDS = {
  id: {
    one: 'Pesan baru',
    unreadable: 'Ada pesan baru di Bisik',
    many: (n: number) => `${n} pesan baru`,
    test: 'Notifikasi di perangkat ini berfungsi.',
  },
  en: {
    one: 'New message',
    unreadable: 'New messages in Bisik',
    many: (n: number) => `${n} new messages`,
    test: 'Notifications on this device work.',
  },
};

/** The tag of what is shown for pushes that cannot be read: one notification for all of them. */
export const UNREADABLE_TAG = 'unreadable';

export type Spoken = keyof typeof WORDS;
export type Words = (typeof WORDS)[Spoken];

export const wordsOf = (language: string | undefined): Words => (language === 'en' ? WORDS.en : WORDS.id);

/** Where the page leaves its language for the worker, which cannot read what the page keeps. */
const CACHE = 'bisik-worker';
const KEY = '/language';

/** @throws where there is no such place, or it is not to be had */
export async function keepLanguage(language: string): Promise<void> {
  await (await caches.open(CACHE)).put(KEY, new Response(language));
}

export async function keptLanguage(store: CacheStorage): Promise<string | undefined> {
  return (await (await store.open(CACHE)).match(KEY))?.text();
}
