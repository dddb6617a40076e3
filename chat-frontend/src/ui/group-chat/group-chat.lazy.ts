/** What only the conversations of groups need: loaded with the first group. */
export { showExpiry } from '../conversation/expiry-label.ts';
export { bubbleDecorator } from './group-bubble.ts';
export { groupStatus, memberName, postClosed } from './group-names.ts';
export { decorateChatRow } from './group-row.ts';
export { mountJumpToMention } from './jump-to-mention.ts';
export { mentionedIn } from './mentions.ts';
export { systemLine } from './system-line.ts';
