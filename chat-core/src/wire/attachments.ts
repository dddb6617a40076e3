import { z } from 'zod';
import { Count, Id, Time } from './common.ts';
import { EXAMPLE } from './examples.ts';

/** Files of one message. */
export const MAX_ATTACHMENTS = 10;
/** The least unit of an upload: every part of a file but its last has a multiple of it. */
export const CHUNK_BYTES = 64 * 1024;
/** The most that one request uploads. */
export const MAX_PART_BYTES = 4 * CHUNK_BYTES;

/** What a file shows before it is fetched. Its author's page measures it; nothing in it is trusted. */
export const AttachmentLook = z.strictObject({
  /** Pixels of a picture or video, so that its place is reserved. */
  width: z.number().int().min(1).max(65_535).exactOptional(),
  height: z.number().int().min(1).max(65_535).exactOptional(),
  durationMs: z.number().int().min(0).max(86_400_000).exactOptional(),
  waveform: z
    .string()
    .regex(/^[0-9a-f]{1,128}$/)
    .exactOptional()
    .meta({ description: 'the loudness of equal parts of a voice message, a hexadecimal digit each' }),
  preview: z
    .base64()
    .max(2_800)
    .exactOptional()
    .meta({ description: 'a very small WebP, JPEG or PNG picture in base64, up to 2 KB' }),
  voice: z.literal(true).exactOptional().meta({ description: 'recorded as a voice message' }),
  alt: z.string().max(500).exactOptional().meta({ description: 'what a picture shows, in words' }),
});
export type AttachmentLook = z.infer<typeof AttachmentLook>;

/** The name is shown and never used as a path. `type` is what its author says; see `inline`. */
const FileName = z.string().min(1).max(255);
const FileType = z
  .string()
  .max(100)
  .regex(/^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/, 'must be a media type in lower case');

/** A file of a message. */
export const Attachment = z
  .strictObject({
    id: Id,
    size: Count,
    name: FileName,
    type: FileType,
    ...AttachmentLook.shape,
    locked: z.literal(true).exactOptional().meta({ description: 'its metadata did not open' }),
  })
  .meta({ id: 'Attachment' });
export type Attachment = z.infer<typeof Attachment>;

/** `id` is made by the client, so that a repeat finds the same upload. */
export const NewUpload = z.strictObject({
  id: Id.meta({ example: EXAMPLE.uploadId }),
  conversationId: Id,
  name: z.string().max(1000).meta({ description: 'a path keeps only its last part, of 1 to 255 characters' }),
  type: FileType,
  size: Count,
  ...AttachmentLook.shape,
});
export type NewUpload = z.infer<typeof NewUpload>;

/** An upload: `offset` bytes are stored; the next part starts there. It is complete at `size`. */
export const Upload = z
  .strictObject({ id: Id, size: Count, offset: Count, chunkBytes: Count, maxPartBytes: Count })
  .meta({ id: 'Upload' });
export type Upload = z.infer<typeof Upload>;

/** A signed address of a file, for media elements, which send no token. */
export const FileAddress = z.strictObject({ path: z.string(), expiresAt: Time }).meta({ id: 'FileAddress' });
export type FileAddress = z.infer<typeof FileAddress>;

/** The conversations that `GET /me/storage` names at most. */
export const MAX_LARGEST = 20;

/**
 * What the files of a person use, and may use, in bytes: `unsent` are uploads that no message names yet, and
 * `conversations` those in which their files use most, the largest first.
 */
export const StorageUse = z
  .strictObject({
    bytes: Count,
    files: Count,
    quotaBytes: Count,
    maxFileBytes: Count,
    unsent: z.strictObject({ bytes: Count, files: Count }),
    conversations: z
      .array(z.strictObject({ conversationId: Id, bytes: Count, files: Count }))
      .max(MAX_LARGEST),
  })
  .meta({ id: 'StorageUse' });
export type StorageUse = z.infer<typeof StorageUse>;

export const UploadPath = z.strictObject({ attachmentId: Id.meta({ example: EXAMPLE.uploadId }) });
