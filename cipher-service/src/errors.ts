/** Every refusal of a whole request: stable code, HTTP status, sentence. */
const TABLE = {
  INVALID_REQUEST: [
    400,
    'The request has another form: a batch is {"items": […]} with 1 to 200 items, a part of a file has whole chunks.',
  ],
  MALFORMED_JSON: [400, 'The body is not valid JSON in UTF-8.'],
  MALFORMED_REQUEST: [400, 'The request is not valid HTTP.'],
  DID_NOT_OPEN: [422, 'This did not open.'],
  NOT_FOUND: [404, 'There is nothing at this address.'],
  METHOD_NOT_ALLOWED: [405, 'This address does not take this method.'],
  POSITION_BEHIND: [
    409,
    'A higher position of this history is known, or another one, or the history has ended.',
  ],
  REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
  BODY_TOO_LARGE: [413, 'The body is larger than 8 MiB.'],
  HEADERS_TOO_LARGE: [431, 'The headers are too large.'],
  COUNTER_FULL: [507, 'So many histories are known that no other one is taken.'],
  INTERNAL: [500, 'Something went wrong here; nothing was sealed or opened.'],
} as const satisfies Record<string, readonly [number, string]>;

export type RefusalCode = keyof typeof TABLE;

/** A request refused as a whole. The caller reads `code` and `message`, and nothing of `cause`. */
export class RequestRefused extends Error {
  override name = 'RequestRefused';
  readonly code: RefusalCode;
  readonly status: number;

  constructor(code: RefusalCode) {
    super(TABLE[code][1]);
    this.code = code;
    this.status = TABLE[code][0];
  }
}

/** The one error of every ciphertext that does not open, without a reason (security: no oracle). */
export class DidNotOpen extends Error {
  override name = 'DidNotOpen';

  constructor() {
    super('This did not open.');
  }
}

/** The service cannot start, or set-up cannot go on. `message` is one sentence for the owner and names the variable or file. */
export class StartRefused extends Error {
  override name = 'StartRefused';
}
