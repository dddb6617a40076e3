import type { accountId } from './account.id.ts';
import type { Text } from './id.ts';

export const accountEn: Record<keyof typeof accountId, Text> = {
  'reset.lead':
    'Ask the owner of the box for a code. It is good for 15 minutes and once; all your devices have to log in again.',
  'reset.code': 'Code from the owner of the box',
  'reset.codeHint': 'Exactly as it was given to you.',
  'reset.submit': 'Set password',
  'reset.remembered': 'Remembered it?',
  'password.lead': 'Your other devices will be logged out.',
  'password.current': 'Current password',
  'password.new': 'New password',
  'password.submit': 'Save password',
  'password.done': 'The password has been changed.',
  'settings.signedInAs': 'Signed in as',
  'settings.devices': 'Signed-in devices',
  'settings.thisDevice': 'this device',
  'settings.lastSeen': 'last active {when}',
  'settings.endDevice': 'Log out',
  'settings.endDeviceWhich': 'Log out {name}, {when}',
  'settings.endDeviceTitle': 'Log out {name}?',
  'settings.endDeviceLead': 'That device has to log in again, and is told of messages no more.',
  'settings.endDeviceDone': '{name} was logged out.',
  'settings.devicesFailed': 'The devices could not be loaded.',
  'settings.password': 'Change password',
  'settings.logout': 'Log out',
  'settings.logoutEverywhere': 'Log out everywhere',
  'logout.title': 'Log out of Bisik?',
  'logout.lead': 'Drafts in this browser are deleted too.',
  'logout.unsent': {
    one: '{n} message has not been sent and will be lost.',
    other: '{n} messages have not been sent and will be lost.',
  },
  'logout.everywhereTitle': 'Log out everywhere?',
  'logout.everywhereLead': 'Every device, this one included, has to log in again.',

  'push.test': 'Send a test',
  'push.tested': 'Sent. The test notification appears in a moment.',
  'push.disable': 'Turn off notifications',
  'push.unanswered': 'The browser has no permission yet. Try again whenever you like.',
  'push.refused': 'This browser cannot connect to its notification service. Try again later.',
  'push.sound': 'Sound for incoming messages',
  'push.preview': 'What the lock screen shows',
  'push.preview.full': 'Name and message',
  'push.preview.name': 'Name only',
  'push.preview.none': 'Only “New message”',
  'push.is.on': 'This device is told of messages, also while Bisik is closed.',
  'push.is.off':
    'This device is not told while Bisik is closed. While it is open, the tab’s title shows how many chats are unread.',
  'push.is.lost': 'This browser has dropped its notification subscription. Turn them on again.',
  'push.is.denied':
    'The browser blocks notifications for this address. Allow them in the browser’s settings first, then come back.',
  'push.is.absent':
    'This browser cannot receive notifications. On iPhone and iPad, install Bisik to the home screen first.',
  'push.is.insecure':
    'Over plain http the browser does not allow notifications. Open Bisik by its https address to turn them on.',
};
