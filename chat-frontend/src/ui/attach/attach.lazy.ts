/** Choosing, preparing and sending files: loaded once the page is shown. */
export { chooseFiles } from './choose-files.ts';
export { composeHere } from './compose-here.ts';
