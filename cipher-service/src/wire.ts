/** Every request and answer between chat-core and cipher-service, as they travel. Import it for its types only. */

/** What a message's ciphertext is tied to; it opens with exactly these values. `timestamp` is in epoch milliseconds, `edit` counts from 0. */
export type Binding = {
  messageId: string;
  conversationId: string;
  senderId: string;
  timestamp: number;
  edit: number;
};

/** What the ciphertext of a person's own profile is tied to: whose, which part of it, and the number of the change. */
export type ProfileBinding = { userId: string; field: string; edit: number };

export type Context = Binding | ProfileBinding;

/** One text to seal: well-formed Unicode, at most 16 KiB as UTF-8. */
export type EncryptItem = { text: string; context: Context };

/** `kid` names the data key; `content` is canonical base64 of nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes). */
export type Sealed = { v: 1; kid: string; content: string };

/** The refusal of one item; the others of its batch are answered all the same. */
export type ItemError = { error: string; code: 'INVALID_ITEM' | 'DID_NOT_OPEN' };

/** Item n answers item n of the request. */
export type EncryptAnswer = { items: (Sealed | ItemError)[] };

export type DecryptItem = Sealed & { context: Context };

/** Item n answers item n of the request. */
export type DecryptAnswer = { items: ({ text: string } | ItemError)[] };

/** `GET /health`: the keyring is loaded and the service takes batches. */
export type Health = { status: 'ready' };

/** The answer to a request that is refused as a whole. */
export type Failure = { error: string; code: string };
