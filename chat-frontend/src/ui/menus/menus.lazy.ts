/** The lazy module of the menus: of a message, of a conversation, and the keys of the list of messages. */
export { openChatMenu } from './chat-menu.ts';
export { createMessageKeys, lastEditable, messageAction, openMessageMenu } from './message-menu.ts';
