import type { Attachment, PushFiles } from '../wire/wire.ts';

/** Code points of the name of a file in a notification. */
const MAX_NAME = 60;

/**
 * What a notification says of the files of a message; those of different kinds are files. Undefined when there are none. Beside
 * a text a name is left out: the room of a payload is limited.
 */
export function pushFiles(attachments: readonly Attachment[] = [], hasText = false): PushFiles | undefined {
  const [first] = attachments;
  if (!first) return undefined;
  const kinds = new Set(attachments.map(kindOf));
  const kind = kinds.size === 1 ? kindOf(first) : 'file';
  const count = attachments.length;
  if (count > 1 || first.locked || hasText) return { kind, count };
  const { durationMs } = first;
  return { kind, count, name: shorten(first.name), ...(durationMs !== undefined && { durationMs }) };
}

/** What kind of file its author says it is. */
function kindOf({ type, voice, locked }: Attachment): PushFiles['kind'] {
  const [family] = locked ? [] : type.split('/');
  if (family === 'image') return type.includes('svg') ? 'file' : 'photo';
  if (family === 'audio') return voice ? 'voice' : 'audio';
  return family === 'video' ? 'video' : 'file';
}

/** The beginning and the extension of a long name, without invisible characters, which could reverse its direction. */
function shorten(name: string): string {
  const points = [...name.replace(/\p{C}/gu, '')];
  return points.length <= MAX_NAME
    ? points.join('')
    : `${points.slice(0, MAX_NAME - 9).join('')}…${points.slice(-8).join('')}`;
}
