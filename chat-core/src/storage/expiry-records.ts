/** What a header of a conversation says of the expiry of its messages. Times are on the time line of the box. */
export type ExpiryHeader = {
  /** New messages expire so many seconds after they were sent; absent: they do not. */
  expireAfterS?: number;
  /** Where the messages that will expire begin, for each duration that some of them have. */
  expiring?: ExpiryQueue[];
  /** Every message with a lower seq has expired or is a system row: the retention of the box goes on here. */
  retainedFrom?: number;
};

/**
 * The messages of a conversation with one duration, which expire in the order of seq. None of them below `from` is left,
 * and the next one does not expire before `nextAt`.
 */
export type ExpiryQueue = { afterMs: number; from: number; nextAt: number };

/** What a message says of its expiry. */
export type ExpiryFields = {
  /** When it expires, on the time line of the box; absent: never, unless the box retains messages only for a while. */
  expiresAt?: number;
  /** It has expired: its seq stays taken, and nothing else of it is left than who sent it, and when. */
  expired?: true;
};

/** How far a sweep of one conversation got. A field that is absent stays as it is. */
export type ExpiryProgress = { queues?: ExpiryQueue[]; retainedFrom?: number };
