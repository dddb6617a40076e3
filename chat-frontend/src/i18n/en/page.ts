import type { idPage } from '../id/page.ts';
import type { Text } from '../text.ts';

export const enPage: Record<keyof typeof idPage, Text> = {
  'keys.title': 'Keyboard shortcuts',
  'keys.everywhere': 'Everywhere',
  'keys.inList': 'In the list of chats',
  'keys.inMessages': 'On a message',
  'keys.inComposer': 'While writing',
  'keys.find': 'Search chats & messages',
  'keys.neighbour': 'Previous, next chat',
  'keys.unread': 'To an unread chat',
  'keys.readAll': 'Mark everything as read',
  'keys.readAllDone': 'All chats are marked as read.',
  'keys.add': 'Add a friend',
  'keys.region': 'To the next, previous part: list, messages, composer',
  'keys.back': 'One step back',
  'keys.help': 'This help',
  'keys.move': 'Up, down',
  'keys.open': 'Open',
  'keys.moveMessages': 'From message to message',
  'keys.menu': 'Message options',
  'keys.newLine': 'New line',
  'keys.bold': 'Bold: *text*',
  'keys.italic': 'Italic: _text_',
  'keys.struck': 'Struck out: ~text~',
  'keys.code': 'Code: `text`',
  'keys.editLast': 'In an empty box: edit the last message',
  'keys.cancel': 'Stop replying or editing',
  'keys.single': 'Shortcuts of a single key (/, ?, and letters on a message)',
  'dialog.close': 'Close',

  'hop.network': 'Your network',
  'hop.tunnel': 'Tunnel',
  'hop.box': 'Box',
  'hop.cipher': 'Seal',
  'connection.since': 'Since {when}.',
  'connection.offline': 'No network. Messages wait here and go out once you are connected.',
  'connection.internet':
    'Your network does not reach the internet. Messages wait here and go out once you are connected.',
  'connection.foreign':
    'This network answers in the box’s name; maybe it wants a login first. Messages wait here; we keep trying.',
  'connection.tunnel':
    'The tunnel to the box is broken: the box is off or has no internet. Messages wait here; we keep trying.',
  'connection.unreachable': 'The box cannot be reached. Messages wait here; we keep trying.',
  'connection.trouble': 'The box has a problem. Messages wait here; we keep trying.',
  'connection.storage': 'The box cannot store anything at the moment. Messages wait here; we keep trying.',
  'connection.full':
    'The box’s storage is full; its owner has to make room. Messages wait here; we keep trying.',
  'connection.busy': 'The box is very busy. Messages wait here; we will try again in a moment.',
  'connection.cipher': 'The sealing service is away. Messages wait; nothing is stored unsealed.',

  'update.ready': 'A new version of Bisik is here. Drafts and waiting messages stay safe.',
  'update.take': 'Reload',
  'push.offer': 'Do you want to be told of messages, also while Bisik is closed?',
  'push.enable': 'Turn on notifications',
  'push.dismiss': 'Later',
  'limit.chats': 'This browser cannot keep chats. Without a network they cannot be read here.',
  'limit.login': 'This browser cannot keep your login and drafts. They may be lost when this tab is closed.',
  'limit.everything':
    'This browser keeps nothing. Messages that have not been sent are lost when this page is closed.',
  'limit.read': 'OK',
};
