/** All requests and responses between chat-core and cipher-service, as JSON. Import only types of it. */

/** The values that a message's ciphertext is bound to. `timestamp` is in epoch milliseconds, `edit` counts from 0. */
export type Binding = {
  messageId: string;
  conversationId: string;
  senderId: string;
  timestamp: number;
  edit: number;
};

/** The values that a profile's ciphertext is bound to: the person, the field, and the number of the edit. */
export type ProfileBinding = { userId: string; field: string; edit: number };

/** The values that the wrapped key and the metadata of a file are bound to. */
export type FileBinding = { fileId: string; conversationId: string; senderId: string };

export type Context = Binding | ProfileBinding | FileBinding;

/**
 * Consecutive chunks of a file: `key` is its wrapped key, `index` the number of the first chunk, from 0; `isLast` when
 * the last of them is the last of the file. A request of `POST /file/seal` or `/file/open` has it as base64url of JSON in
 * the header `File-Chunks`; the bytes are the body.
 */
export type FileChunks = { key: Sealed; binding: FileBinding; index: number; isLast: boolean };

/** The request of `POST /file/key`, and its response: a new random key, wrapped. */
export type FileKeyRequest = { binding: FileBinding };
export type FileKeyAnswer = { key: Sealed };

/** One text to seal: well-formed Unicode, at most 16 KiB as UTF-8. */
export type EncryptItem = { text: string; context: Context };

/** `kid` names the data key; `content` is canonical base64 of nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes). */
export type Sealed = { v: 1; kid: string; content: string };

/** The refusal of one item. It does not affect the other items of the batch. */
export type ItemError = { error: string; code: 'INVALID_ITEM' | 'DID_NOT_OPEN' };

/** Item n answers item n of the request. */
export type EncryptAnswer = { items: (Sealed | ItemError)[] };

export type DecryptItem = Sealed & { context: Context };

/** Item n answers item n of the request. */
export type DecryptAnswer = { items: ({ text: string } | ItemError)[] };

/**
 * One ciphertext to seal again with the newest data key, for the same context; `isFileKey` for the wrapped key of a file.
 * Item n of the response of `POST /reseal` is the new ciphertext.
 */
export type ResealItem = DecryptItem & { isFileKey: boolean };
export type ResealAnswer = EncryptAnswer;

/** The response of `GET /health`: the keyring is loaded and the service accepts batches. */
export type Health = { status: 'ready' };

/** The response of `GET /keys`: the kid of the data key that seals, and those of the keys that only open. */
export type Keys = { newest: string; older: string[] };

/**
 * A durable state of the core's database: the revision of its newest line in the journal, and the authentication code of that
 * line, which covers all lines before it.
 */
export type Position = { revision: number; code: string };

/** The request of `POST /counter/read`: a history of a database, by its epoch (a UUID). */
export type CounterRead = { history: string };

/** The request of `POST /counter/raise`: the newest position of a history, and histories that it replaced. */
export type CounterRaise = { history: string; position: Position; ended: string[] };

/**
 * The response of both: the highest position of the history, null when none was reported or another history replaced it
 * (`isEnded`); `isEmpty` when no history is known at all.
 */
export type CounterState = { position: Position | null; isEnded: boolean; isEmpty: boolean };

/** The response to a request that is refused as a whole. */
export type Failure = { error: string; code: string };
