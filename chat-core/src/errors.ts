/** Every answer that is not success: stable code, HTTP status, the sentence people read. /api-docs lists them by route. */
const TABLE = {
  INVALID_REQUEST: [400, 'The request is not as the API document describes it.'],
  MALFORMED_JSON: [400, 'The body is not valid JSON in UTF-8.'],
  MALFORMED_REQUEST: [400, 'The request is not valid HTTP.'],
  INVALID_USERNAME: [
    400,
    'A username has 3 to 32 characters: a–z, 0–9, dot, dash and underscore, starting with a letter or digit.',
  ],
  INVALID_PASSWORD: [400, 'A password has 8 to 1,024 characters.'],
  COMMON_PASSWORD: [400, 'This password is among the first that are guessed. Choose another.'],
  USERNAME_TAKEN: [400, 'This username is taken.'],
  INVALID_MESSAGE: [400, 'A message has 1 to 4,000 characters of text.'],
  INVALID_POLL: [
    400,
    'A poll has a question of up to 300 characters, and 2 to 10 different answers of up to 100.',
  ],
  INVALID_PROFILE: [
    400,
    'A name is one line of 1 to 64 characters; what you say about yourself has up to 200.',
  ],
  INVALID_GROUP_NAME: [400, 'The name of a group is one line of 1 to 64 characters.'],
  INVALID_PICTURE: [400, 'A picture is WebP, JPEG or PNG in base64, at most 20 KB.'],
  INVALID_FILE: [
    400,
    'A file has 1 byte to the limit of this box, a name of 1 to 255 characters and a type.',
  ],
  WRONG_FILE_TYPE: [
    400,
    'The content of the file is not of the type it is sent as. Send it as application/octet-stream.',
  ],
  INVALID_SUBSCRIPTION: [400, 'This is no push service of the internet, or these are no keys of a browser.'],
  INVALID_CURSOR: [400, 'The cursor cannot be read. Ask again without one.'],
  SELF_FRIEND: [400, 'You cannot add yourself.'],
  ALREADY_FRIENDS: [400, 'You are already friends.'],
  WRONG_CONVERSATION: [400, 'receiverId and conversationId name different conversations.'],
  UNAUTHENTICATED: [401, 'Log in to do this.'],
  WRONG_CREDENTIALS: [401, 'Username or password is wrong.'],
  SECOND_FACTOR_REQUIRED: [401, 'The password is right. This account also needs its second factor.'],
  NOT_YOU: [403, 'The id in the request is not the one you are logged in with.'],
  WRONG_PASSWORD: [403, 'The current password is wrong.'],
  WRONG_SECOND_FACTOR: [403, 'The second factor is wrong, too old or already used.'],
  WRONG_PASSKEY: [403, 'This passkey is not known here, or its answer is wrong, too old or already used.'],
  PASSKEY_COPIED: [
    403,
    'This passkey counts backwards, as a copy would. Log in in another way, and remove it if you do not know why.',
  ],
  SECOND_FACTOR_MISSING: [403, 'This box requires a second factor. Set one up, then go on.'],
  REAUTHENTICATION_REQUIRED: [
    403,
    'Enter your password again before changing how you log in or ending other sessions.',
  ],
  OIDC_REFUSED: [
    403,
    'This login by the provider is not valid here: it was begun in another browser, or changed on its way. Begin again.',
  ],
  OIDC_EXPIRED: [403, 'This login by the provider took too long, or was already used. Begin again.'],
  OIDC_CANCELLED: [403, 'The provider did not log this person in: it was cancelled there.'],
  NOT_OWNER: [403, 'Only an owner of this box can do this.'],
  WRONG_OWNER_CODE: [
    403,
    'This is not the code that this box printed at its last start, or it has an owner already.',
  ],
  BACKUPS_NOT_RUNNING: [
    409,
    'The process of backups does not run: set BACKUP_TARGET and start it (docs/backup.md).',
  ],
  ACCOUNT_SUSPENDED: [403, 'This account is suspended. Whoever runs this box can open it again.'],
  WRONG_RESET_CODE: [403, 'This code does not set a new password: it is wrong, used or too old.'],
  REGISTRATION_CLOSED: [403, 'This box takes no new accounts.'],
  INVITE_REQUIRED: [403, 'This box takes new accounts by invitation only.'],
  TOO_MANY_INVITES: [403, 'You have as many open invitations as there may be. Revoke one first.'],
  NOT_FRIENDS: [403, 'You can write only to friends.'],
  YOU_BLOCKED: [403, 'You have blocked this person. Unblock them first.'],
  NOT_MEMBER: [403, 'You are not part of this conversation.'],
  NOT_ALLOWED: [403, 'In this group you may not do that.'],
  NOT_FRIEND_TO_ADD: [403, 'You can add only your own friends. Send others a link of the group.'],
  GROUP_FULL: [409, 'The group has as many members as it may have.'],
  OWNER_LEAVES: [409, 'A group needs an owner. Make another member the owner first, or delete the group.'],
  NOT_YOURS: [403, 'Only who wrote a message can do this.'],
  EDIT_TOO_LATE: [403, 'The time in which this message could be edited is over.'],
  ADDRESS_EXPIRED: [403, 'This address of a file is not valid any more.'],
  NOT_FOUND: [404, 'There is nothing at this address.'],
  OIDC_OFF: [404, 'This box has no login by a provider.'],
  OIDC_NOT_LINKED: [404, 'No account of this box is linked with this one of the provider.'],
  NO_SUCH_USER: [404, 'There is no user of this name.'],
  NO_SUCH_REQUEST: [404, 'There is no such request, or not any more.'],
  NO_SUBSCRIPTION: [404, 'This device gets no pushes, or its push service has forgotten it.'],
  NO_SUCH_ACCOUNT: [404, 'This account no longer exists.'],
  INVITE_INVALID: [404, 'There is no such invitation: it is used, revoked or too old.'],
  NO_SUCH_MESSAGE: [404, 'There is no such message in this conversation.'],
  NO_SUCH_FILE: [404, 'There is no such file.'],
  NO_SUCH_MEMBER: [404, 'This person is no member of the group.'],
  NO_SUCH_PICTURE: [404, 'There is no picture.'],
  NO_PASSKEYS: [404, 'There are no passkeys on this box: they need a name and https, and PUBLIC_URL.'],
  NO_SUCH_PASSKEY: [404, 'This account has no such passkey.'],
  METHOD_NOT_ALLOWED: [405, 'This address does not take this method.'],
  REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
  LAST_OWNER: [409, 'A box needs an owner who can log in. Make another person an owner first.'],
  LAST_SECOND_FACTOR: [409, 'This box requires a second factor. Add another one before you remove this one.'],
  NO_SECOND_FACTOR: [409, 'This account has no second factor. Turn one on first.'],
  OIDC_LINKED: [409, 'This account, or the one of the provider, is already linked with another.'],
  NO_PASSWORD: [409, 'This account has no password. Set one first, or you could not log in any more.'],
  HAS_PASSWORD: [409, 'This account already has a password. Change it with the current one.'],
  LIST_FULL: [409, 'There are too many already. Some have to go first.'],
  TOO_MANY_PINNED: [409, 'Five chats are pinned already. Unpin one of them first.'],
  TOO_MANY_STARS: [409, 'You have starred as many messages as you may. Take some stars away first.'],
  MESSAGE_ID_REUSED: [409, 'This clientMessageId was used for another message.'],
  WRONG_OFFSET: [409, 'The next part of the file starts at another offset. Ask for the upload.'],
  IMPORT_OPEN: [409, 'Another import of yours is not done yet. Go on with it, or delete its archive.'],
  IMPORT_DONE: [409, 'This import is done: its archive takes no more rows.'],
  WRONG_ROW: [409, 'The next row of this import has another number. Ask for your imports.'],
  IMPORT_CHANGED: [
    409,
    'Other rows are stored at this place: this is another chat than the one that was begun.',
  ],
  UPLOAD_INCOMPLETE: [409, 'The file is not whole yet. Upload the rest first.'],
  UPLOAD_ID_REUSED: [409, 'This id was used for another file.'],
  TOO_MANY_UPLOADS: [409, 'You have as many unsent files as there may be. Send or cancel one first.'],
  NOT_FORWARDABLE: [
    409,
    'This cannot be forwarded: it is a notice of a group, or it or its file does not open on this box.',
  ],
  MESSAGE_DELETED: [409, 'This message was deleted.'],
  TOO_MANY_REACTIONS: [
    409,
    'You have three reactions on this message, or it has as many different ones as it may have.',
  ],
  POLL_NEEDS_GROUP: [409, 'A poll can be sent only to a group.'],
  POLL_NOT_EDITABLE: [409, 'A poll cannot be edited: votes are for its words. Delete it and ask again.'],
  NOT_A_POLL: [409, 'This message is not a poll.'],
  POLL_CLOSED: [409, 'This poll is closed and takes no more votes.'],
  TOO_MANY_HIDDEN: [409, 'You have hidden too many single messages of this conversation.'],
  BODY_TOO_LARGE: [413, 'The body is larger than 64 KiB.'],
  FILE_TOO_LARGE: [413, 'The file is larger than this box takes.'],
  RANGE_NOT_SATISFIABLE: [416, 'The file does not have these bytes.'],
  UNSUPPORTED_BODY: [415, 'Send application/json in UTF-8, not compressed.'],
  UNKNOWN_HOST: [421, 'This box does not answer to this name. PUBLIC_URL or ALLOWED_HOSTS can allow it.'],
  TOO_MANY_REQUESTS: [429, 'Too many requests. Wait a moment and try again.'],
  DAILY_LIMIT: [
    429,
    'You have stored as much on this box as a person may in a day. Nothing was stored; reading and deleting still work.',
  ],
  DOWNLOAD_LIMIT: [
    429,
    'You have downloaded as much from this box as a person may in an hour. Try again later; messages still come.',
  ],
  HEADERS_TOO_LARGE: [431, 'The headers are too large.'],
  FILE_DAMAGED: [500, 'This file is damaged on the box and cannot be opened.'],
  INTERNAL: [500, 'Something went wrong here; nothing was changed.'],
  CIPHER_UNAVAILABLE: [503, 'Messages cannot be sealed or opened at the moment. Nothing was stored.'],
  OIDC_UNAVAILABLE: [503, 'The provider cannot be reached at the moment. Logging in with a password works.'],
  STORAGE_UNAVAILABLE: [503, 'Nothing can be written at the moment. Nothing was stored.'],
  PUSH_FAILED: [503, 'The push service could not be reached, or did not take it.'],
  OVERLOADED: [503, 'This box has too much to do at the moment. Nothing was changed; try again soon.'],
  NOT_READY: [503, 'This box is not ready to send messages yet.'],
  QUOTA_EXCEEDED: [
    507,
    'Your files use as much of this box as they may. Delete some first; text still goes.',
  ],
  BOX_FULL: [
    507,
    'The files on this box use as much of it as they may. Nothing was stored; text still goes.',
  ],
  DISK_FULL: [
    507,
    'The disk of this box is full. Nothing was stored; reading, deleting and logging out still work.',
  ],
} as const satisfies Record<string, readonly [number, string]>;

export type ErrorCode = keyof typeof TABLE;

/** The kinds of second factor that an account may have. */
export type FactorKind = 'totp' | 'passkey' | 'recoveryCode';

/**
 * A refusal the caller may read. `detail` replaces the table's sentence; `retryAfter` is in whole seconds; `headers` are
 * sent with it; `factors` are the possible second factors.
 */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly headers: Record<string, string>;
  readonly factors: FactorKind[] | undefined;

  constructor(
    code: ErrorCode,
    more: {
      detail?: string;
      retryAfter?: number;
      headers?: Record<string, string>;
      factors?: FactorKind[];
      cause?: unknown;
    } = {},
  ) {
    // A flood is refused with a time to wait: finding the lines of the stack would be a tenth of its cost.
    const { stackTraceLimit } = Error;
    if (more.retryAfter !== undefined) Error.stackTraceLimit = 0;
    super(more.detail ?? TABLE[code][1], { cause: more.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.status = TABLE[code][0];
    this.retryAfter = more.retryAfter;
    this.headers = more.headers ?? {};
    this.factors = more.factors;
  }
}

/** The status and sentence of a code, for the API document. */
export function describeError(code: ErrorCode): { status: number; sentence: string } {
  return { status: TABLE[code][0], sentence: TABLE[code][1] };
}
