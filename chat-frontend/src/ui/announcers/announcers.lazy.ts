/** What screen readers say of messages: loaded once the page rests. */
export { mountAnnouncer } from './message-announcer.ts';
export { mountUnreadAnnouncer } from './unread-announcer.ts';
