import type { idPage } from '../id/page.ts';
import type { Text } from '../text.ts';

export const enPage: Record<keyof typeof idPage, Text> = {
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
  'keys.region': 'To the next, previous part: list, messages, composer',
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
