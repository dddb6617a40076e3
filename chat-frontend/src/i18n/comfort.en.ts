import type { comfortId } from './comfort.id.ts';
import type { Text } from './id.ts';

export const comfortEn: Record<keyof typeof comfortId, Text> = {
  'own.title': 'Your link',
  'own.hint':
    'Anybody with an account on this box can add you by this link or QR code. For those without one, make an invitation.',
  'own.copied': 'Link copied.',
  'own.shareText': 'Add me on Bisik',
  'own.self': 'This is your own link. Share it with friends.',
  'own.already': '{name} is your friend already.',
  'own.whom': 'Add {name} as a friend?',
  'qr.label': 'QR code: {link}',

  'mute.do': 'Mute',
  'mute.undo': 'Unmute',
  'mute.is': 'muted',
  'mute.until': 'Muted until {when}',
  'mute.always': 'Muted',
  'mute.title': 'Mute the chat with {name}?',
  'mute.lead':
    'No sound and no notification on any of your devices. Messages still arrive; {name} is not told.',
  'mute.8h': '8 hours',
  'mute.1w': '1 week',
  'mute.ever': 'Always',
  'mute.done': 'The chat is muted.',
  'mute.undone': 'The chat is heard again.',
};
