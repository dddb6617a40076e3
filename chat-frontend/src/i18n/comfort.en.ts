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

  'files.notYet': 'Bisik cannot send files or photos yet, only text.',

  'mute.do': 'Mute',
  'mute.undo': 'Unmute',
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

  'keys.title': 'Keyboard shortcuts',
  'keys.everywhere': 'Everywhere',
  'keys.inList': 'In the list of chats',
  'keys.inMessages': 'On a message',
  'keys.inComposer': 'While writing',
  'keys.find': 'Search chats',
  'keys.neighbour': 'Previous, next chat',
  'keys.unread': 'To an unread chat',
  'keys.readAll': 'Mark everything as read',
  'keys.readAllDone': 'All chats are marked as read.',
  'keys.add': 'Add a friend',
  'keys.part': 'To the next, previous part: list, messages, composer',
  'keys.back': 'One step back',
  'keys.help': 'This help',
  'keys.move': 'Up, down',
  'keys.open': 'Open',
  'keys.moveMessages': 'From message to message',
  'keys.menu': 'Message options',
  'keys.newLine': 'New line',
  'keys.editLast': 'In an empty box: edit the last message',
  'keys.cancel': 'Stop replying or editing',
  'keys.single': 'Shortcuts of a single key (/, ?, and letters on a message)',
  'dialog.close': 'Close',

  'look.lead': 'For this browser.',
  'look.theme': 'Theme',
  'look.system': 'Same as the system',
  'look.light': 'Light',
  'look.dark': 'Dark',
  'look.accent': 'Colour',
  'look.teal': 'Teal',
  'look.blue': 'Blue',
  'look.violet': 'Violet',
  'look.rose': 'Rose',
  'look.amber': 'Honey brown',

  'data.lead': 'Figures of this browser, about.',
  'data.today': 'Traffic today',
  'data.month': 'Traffic this month',
  'data.kept': 'Kept in this browser',
  'data.about': '± {size}',
  'data.hint':
    'Counted between Bisik and the box, both ways. While Bisik is open and nobody looks, it only asks now and then: less than 0.6 MB a day.',
  'data.keptHint':
    'What is kept: the newest messages, friends’ pictures and Bisik itself, so that it opens without a network. Logging out deletes messages and pictures.',

  'limit.chats': 'This browser cannot keep chats. Without a network they cannot be read here.',
  'limit.login': 'This browser cannot keep your login and drafts. They may be lost when this tab is closed.',
  'limit.everything':
    'This browser keeps nothing. Messages that have not been sent are lost when this page is closed.',
  'limit.read': 'OK',
};
