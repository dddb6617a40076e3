/** Creating a poll, and who voted: loaded when one of them is opened. */
export { openPollDialog } from './poll-dialog.ts';
export { showWhoVoted } from './who-voted.ts';
