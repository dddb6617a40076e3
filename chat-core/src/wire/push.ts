import { z } from 'zod';
import type { Id } from './common.ts';
import { EXAMPLE } from './examples.ts';

/** How much of a message a notification shows: its sender and text, its sender, or neither. */
const PushPreview = z.enum(['full', 'name', 'none']);
export type PushPreview = z.infer<typeof PushPreview>;

/** A browser's PushSubscription (W3C Push API). */
export const PushSubscribe = z.strictObject({
  endpoint: z.string().max(2048).meta({ format: 'uri', example: EXAMPLE.push.endpoint }),
  keys: z.strictObject({
    p256dh: z.string().max(256).meta({ format: 'code', example: EXAMPLE.push.keys.p256dh }),
    auth: z.string().max(64).meta({ format: 'code', example: EXAMPLE.push.keys.auth }),
  }),
  preview: PushPreview.exactOptional().meta({
    description: 'how much of a message a notification shows; `name` unless said',
  }),
});
export type PushSubscribe = z.infer<typeof PushSubscribe>;

export const PushKeyAnswer = z.strictObject({ key: z.string() });
export type PushKeyAnswer = z.infer<typeof PushKeyAnswer>;

/** The first file of a message, of `count`. `seconds` only of a voice message, `name` only of a file that is named by it. */
export type PushFile = {
  kind: 'photo' | 'video' | 'voice' | 'audio' | 'file';
  count: number;
  name?: string;
  seconds?: number;
};

/** The payload of a push, encrypted for the browser. `count`: unread messages of the conversation; `name`: of
 * the sender, `group`: of the group; `text` and `file` only where the person allows texts. */
export type PushPayload =
  | {
      type: 'message';
      conversationId: Id;
      count: number;
      name?: string;
      group?: string;
      text?: string;
      file?: PushFile;
    }
  | { type: 'test' }
  | PushAlert;

/** The same sentence in each language of the page. */
export type AlertText = { id: string; en: string };
/** An alert of the box to its owner, or that its cause has ended. A new one of the same code replaces it. */
export type PushAlert = { type: 'alert'; code: string; text: AlertText };
