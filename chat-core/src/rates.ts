/** What an account or address may do: `count` requests, or KiB, in `seconds`. */
export type Rate = { count: number; seconds: number };
export type RateName =
  | 'registrations'
  | 'attempts'
  | 'logins'
  | 'failures'
  | 'passwords'
  | 'refreshes'
  | 'providers'
  | 'guesses'
  | 'factors'
  | 'factorGuesses'
  | 'friends'
  | 'people'
  | 'invites'
  | 'profiles'
  | 'chats'
  | 'owners'
  | 'groups'
  | 'newGroups'
  | 'groupEdits'
  | 'imports'
  | 'importedRows'
  | 'pushes'
  | 'sends'
  | 'reactions'
  | 'uploads'
  | 'stored'
  | 'loads'
  | 'reads'
  | 'searches'
  | 'exports'
  | 'downloads'
  | 'pages'
  | 'preflights'
  | 'requests';

/**
 * Each limit is far above what people need and far below what an S905 machine can serve. `failures` and `guesses` are wrong
 * passwords in a row, at one name of one network and at one name: then each one delays the next, up to these seconds.
 */
const RATES: Record<RateName, Rate> = {
  registrations: { count: 30, seconds: 3600 },
  attempts: { count: 300, seconds: 3600 },
  logins: { count: 60, seconds: 600 },
  failures: { count: 10, seconds: 600 },
  passwords: { count: 30, seconds: 3600 },
  refreshes: { count: 60, seconds: 3600 },
  // Requests of logins by the provider, three each: a class may log in from one network.
  providers: { count: 600, seconds: 600 },
  guesses: { count: 60, seconds: 900 },
  factors: { count: 5, seconds: 300 },
  factorGuesses: { count: 30, seconds: 86_400 },
  friends: { count: 60, seconds: 3600 },
  people: { count: 300, seconds: 3600 },
  invites: { count: 60, seconds: 600 },
  profiles: { count: 60, seconds: 3600 },
  // Flags of chats, stars and scheduled texts: each rewrites the row of the account, of some 150 KB where all lists in it are full.
  chats: { count: 300, seconds: 3600 },
  owners: { count: 1200, seconds: 3600 },
  groups: { count: 120, seconds: 3600 },
  newGroups: { count: 20, seconds: 86_400 },
  groupEdits: { count: 30, seconds: 3600 },
  // Requests of an import, 200 rows each, and rows in a day: the longest chat of a family in one.
  imports: { count: 1200, seconds: 60 },
  importedRows: { count: 300_000, seconds: 86_400 },
  pushes: { count: 60, seconds: 3600 },
  sends: { count: 240, seconds: 60 },
  // And votes: each writes the row anew, up to 50 KB with a long text.
  reactions: { count: 120, seconds: 60 },
  uploads: { count: 600, seconds: 3600 },
  // In KiB: two people who do nothing else store 7 GB in a week. A card of 16 GB has more.
  stored: { count: 512 * 1024, seconds: 86_400 },
  loads: { count: 30, seconds: 60 },
  // KiB of stored texts that are opened (cipher/read-budget.ts), and of pages that are read from the disk for it (PageBudget):
  // 150 pages of ordinary messages, or 5 of the largest.
  reads: { count: 12_288, seconds: 10 },
  // Each may open 50,000 messages; a search of a long history is several requests, and each typed word begins one.
  searches: { count: 120, seconds: 60 },
  // Exports of all data of a person that began: each reads all of their chats and files.
  exports: { count: 10, seconds: 86_400 },
  // KiB of files: an evening of films for a family behind one account; the line of a home carries little more.
  downloads: { count: 4 * 1024 * 1024, seconds: 3600 },
  // Files of the page, the API document and what does not exist, by address: a school opens the page at once.
  pages: { count: 3000, seconds: 60 },
  // By address, apart from `pages`: one that is refused looks to a page on a CDN like a box that is away, and costs the box
  // less than a 404. A browser repeats it every two hours for each address.
  preflights: { count: 6000, seconds: 60 },
  requests: { count: 1800, seconds: 60 },
};

export const RATE_NAMES = Object.keys(RATES);

/** All limits from `on`, `off`, or a list such as `logins=60/600`; null for none, undefined when the text is invalid. */
export function readRates(text: string): Record<RateName, Rate> | null | undefined {
  if (text === 'off') return null;
  const result = { ...RATES };
  for (const part of text === 'on' ? [] : text.split(',')) {
    const [, name, count, seconds] = /^(\w+)=(\d{1,7})\/(\d{1,6})$/.exec(part.trim()) ?? [];
    if (!name || !Object.hasOwn(RATES, name) || Number(count) < 1 || Number(seconds) < 1) return undefined;
    result[name as RateName] = { count: Number(count), seconds: Number(seconds) };
  }
  return result;
}
