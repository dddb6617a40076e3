/** What screen readers hear: loaded once the page rests. */
export { mountAnnouncer } from './message-announcer.ts';
export { mountPageAnnouncers } from './page-announcers.ts';
