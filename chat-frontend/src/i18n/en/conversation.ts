import type { idConversation } from '../id/conversation.ts';
import type { Text } from '../text.ts';

export const enConversation: Record<keyof typeof idConversation, Text> = {
  'app.otherChats': { one: '{n} unread message in other chats', other: '{n} unread messages in other chats' },
  'chat.said': '{name}: {text}',
  'chat.arrived': { one: '{n} new message from {name}', other: '{n} new messages from {name}' },

  'chats.markRead': 'Mark as read',

  'mention.list': 'Mention a member',
  'mention.count': { one: '{n} member matches', other: '{n} members match' },

  'remove.title': 'Delete this message?',
  'remove.lead':
    'For everyone: its text goes from all devices of you both. For me: it goes from your devices only.',
  'remove.leadMe': 'The message goes from all your devices. The other person still sees it.',
  'remove.me': 'Delete for me',
  'remove.everyone': 'Delete for everyone',
  'remove.doneMe': 'Message deleted for you.',
  'bubble.retry': 'Retry',
  'bubble.copy': 'Copy',
  'bubble.delete': 'Delete',
  'bubble.dropChange': 'Drop the edit',
  'bubble.reply': 'Reply',
  'bubble.edit': 'Edit',
  'bubble.remove': 'Delete…',
  'bubble.deleteSure': 'Delete this unsent message?',
  'toast.copied': 'Message copied.',
  'toast.notCopied': 'This browser does not allow copying.',
  'remove.leadGroup':
    'For everyone: its text goes from all devices of all members. For me: it goes from your devices only.',
  'remove.leadMeGroup': 'The message goes from all your devices. The other members still see it.',

  'group.former': 'Former member',
  'group.others': { one: '{n} other', other: '{n} others' },
  'group.members': { one: '{n} member', other: '{n} members' },
  'group.oneTyping': '{names} is typing…',
  'group.twoTyping': '{names} are typing…',
  'group.manyTyping': { one: '{n} person is typing…', other: '{n} people are typing…' },
  'group.postClosed': 'Only admins can write in this group.',
  'group.blockedMessage': 'Message from a person you have blocked',
  'group.mentionsYou': { one: '{n} message mentions you', other: '{n} messages mention you' },
  'group.toMention': {
    one: 'To the {n} message that mentions you',
    other: 'To the next of {n} messages that mention you',
  },

  'event.you': 'you',
  'event.yourself': 'yourself',
  'event.themselves': 'themselves',
  'event.created': '{name} created this group',
  'event.added': '{name} added {who}',
  'event.joined': '{name} joined',
  'event.removed': '{name} removed {who}',
  'event.left': '{name} left',
  'event.renamed': '{name} changed the name of the group',
  'event.picture': '{name} changed the picture of the group',
  'event.role.owner': '{name} made {who} an owner',
  'event.role.admin': '{name} made {who} an admin',
  'event.role.member': '{name} made {who} an ordinary member',
  'event.permissions': '{name} changed what members may do',
  'event.newcomersRead': '{name} changed what new members may read',
  'event.expiry': '{name} set new messages to disappear after {after}',
  'event.expiry.off': '{name} turned off disappearing messages',
  'expiry.hours': { one: '{n} hour', other: '{n} hours' },
  'expiry.days': { one: '{n} day', other: '{n} days' },
};
