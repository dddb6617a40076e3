import { describe, expect, test } from 'vitest';
import { type ApiErrorCode, backoff, isRetryable } from './api-error.ts';

/** Every code there is: a new one does not compile until it is classified here. */
const CODES: Record<ApiErrorCode, 'retryable' | 'final'> = {
  NETWORK: 'retryable',
  TIMEOUT: 'retryable',
  UNKNOWN: 'retryable',
  INVALID_REQUEST: 'final',
  MALFORMED_JSON: 'final',
  MALFORMED_REQUEST: 'final',
  INVALID_USERNAME: 'final',
  INVALID_PASSWORD: 'final',
  COMMON_PASSWORD: 'final',
  USERNAME_TAKEN: 'final',
  INVALID_MESSAGE: 'final',
  INVALID_PROFILE: 'final',
  INVALID_GROUP_NAME: 'final',
  INVALID_PICTURE: 'final',
  NOT_ALLOWED: 'final',
  NOT_FRIEND_TO_ADD: 'final',
  GROUP_FULL: 'final',
  INVALID_FILE: 'final',
  WRONG_FILE_TYPE: 'final',
  ADDRESS_EXPIRED: 'final',
  NO_SUCH_FILE: 'final',
  FILE_DAMAGED: 'final',
  WRONG_OFFSET: 'final',
  IMPORT_OPEN: 'final',
  IMPORT_DONE: 'final',
  WRONG_ROW: 'final',
  IMPORT_CHANGED: 'final',
  UPLOAD_INCOMPLETE: 'final',
  UPLOAD_ID_REUSED: 'final',
  TOO_MANY_UPLOADS: 'retryable',
  FILE_TOO_LARGE: 'final',
  RANGE_NOT_SATISFIABLE: 'final',
  QUOTA_EXCEEDED: 'final',
  BOX_FULL: 'final',
  OWNER_LEAVES: 'final',
  NO_SUCH_MEMBER: 'final',
  INVALID_SUBSCRIPTION: 'final',
  INVALID_CURSOR: 'final',
  SELF_FRIEND: 'final',
  ALREADY_FRIENDS: 'final',
  WRONG_CONVERSATION: 'final',
  UNAUTHENTICATED: 'retryable',
  WRONG_CREDENTIALS: 'final',
  SECOND_FACTOR_REQUIRED: 'final',
  WRONG_SECOND_FACTOR: 'final',
  SECOND_FACTOR_MISSING: 'final',
  LAST_SECOND_FACTOR: 'final',
  WRONG_PASSKEY: 'final',
  PASSKEY_COPIED: 'final',
  NO_PASSKEYS: 'final',
  NO_SUCH_PASSKEY: 'final',
  REAUTHENTICATION_REQUIRED: 'final',
  NO_SECOND_FACTOR: 'final',
  OIDC_OFF: 'final',
  OIDC_REFUSED: 'final',
  OIDC_EXPIRED: 'final',
  OIDC_CANCELLED: 'final',
  OIDC_NOT_LINKED: 'final',
  OIDC_LINKED: 'final',
  OIDC_UNAVAILABLE: 'final',
  NO_PASSWORD: 'final',
  HAS_PASSWORD: 'final',
  NOT_YOU: 'final',
  WRONG_PASSWORD: 'final',
  ACCOUNT_SUSPENDED: 'final',
  NOT_OWNER: 'final',
  WRONG_OWNER_CODE: 'final',
  BACKUPS_NOT_RUNNING: 'final',
  LAST_OWNER: 'final',
  WRONG_RESET_CODE: 'final',
  REGISTRATION_CLOSED: 'final',
  INVITE_REQUIRED: 'final',
  TOO_MANY_INVITES: 'final',
  NOT_FRIENDS: 'final',
  YOU_BLOCKED: 'final',
  NOT_MEMBER: 'final',
  NOT_YOURS: 'final',
  EDIT_TOO_LATE: 'final',
  NOT_FOUND: 'final',
  NO_SUCH_USER: 'final',
  NO_SUCH_REQUEST: 'final',
  NO_SUBSCRIPTION: 'final',
  NO_SUCH_ACCOUNT: 'final',
  INVITE_INVALID: 'final',
  NO_SUCH_MESSAGE: 'final',
  NO_SUCH_PICTURE: 'final',
  METHOD_NOT_ALLOWED: 'final',
  REQUEST_TIMEOUT: 'retryable',
  LIST_FULL: 'final',
  MESSAGE_ID_REUSED: 'final',
  NOT_FORWARDABLE: 'final',
  MESSAGE_DELETED: 'final',
  TOO_MANY_REACTIONS: 'final',
  INVALID_POLL: 'final',
  POLL_NEEDS_GROUP: 'final',
  POLL_NOT_EDITABLE: 'final',
  NOT_A_POLL: 'final',
  POLL_CLOSED: 'final',
  TOO_MANY_HIDDEN: 'final',
  TOO_MANY_PINNED: 'final',
  TOO_MANY_STARS: 'final',
  BODY_TOO_LARGE: 'final',
  UNSUPPORTED_BODY: 'final',
  TOO_MANY_REQUESTS: 'retryable',
  UNKNOWN_HOST: 'final',
  HEADERS_TOO_LARGE: 'final',
  INTERNAL: 'retryable',
  CIPHER_UNAVAILABLE: 'retryable',
  STORAGE_UNAVAILABLE: 'retryable',
  PUSH_FAILED: 'retryable',
  OVERLOADED: 'retryable',
  NOT_READY: 'retryable',
  DISK_FULL: 'retryable',
  DAILY_LIMIT: 'retryable',
  DOWNLOAD_LIMIT: 'retryable',
};

test.each(Object.entries(CODES) as [ApiErrorCode, string][])('the error code %s is %s', (code, expected) => {
  expect(isRetryable(code) ? 'retryable' : 'final').toBe(expected);
});

test('a code this page does not know is final, so that the person sees it instead of waiting', () => {
  expect(isRetryable('OF_A_NEWER_CORE' as ApiErrorCode)).toBe(false);
});

describe('backoff', () => {
  const noJitter = () => 0.5;

  test('the delay doubles with each failure up to half a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 50].map((failures) => backoff(failures, 0, noJitter))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  test('jitter spreads the delay over half of its length', () => {
    expect(backoff(3, 0, () => 0)).toBe(3_000);
    expect(backoff(3, 0, () => 1)).toBe(5_000);
  });

  test('the delay is never shorter than what the core asks for', () => {
    expect(backoff(1, 20, noJitter)).toBe(20_000);
    expect(backoff(6, 2, noJitter)).toBe(30_000);
  });
});
