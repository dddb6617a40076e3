import type { pwaId } from './app.id.ts';
import type { Text } from './id.ts';

export const pwaEn: Record<keyof typeof pwaId, Text> = {
  'update.ready': 'A new version of Bisik is here. Drafts and waiting messages stay safe.',
  'update.take': 'Reload',

  'push.title': 'Notifications',
  'push.offer': 'Do you want to be told of messages, also while Bisik is closed?',
  'push.enable': 'Turn on notifications',
  'push.later': 'Later',

  'hop.network': 'Your network',
  'hop.tunnel': 'Tunnel',
  'hop.box': 'Box',
  'hop.cipher': 'Seal',
  'link.since': 'Since {when}.',
  'link.offline': 'No network. Messages wait here and go out once you are connected.',
  'link.internet':
    'Your network does not reach the internet. Messages wait here and go out once you are connected.',
  'link.foreign':
    'This network answers in the box’s name; maybe it wants a login first. Messages wait here; we keep trying.',
  'link.tunnel':
    'The tunnel to the box is broken: the box is off or has no internet. Messages wait here; we keep trying.',
  'link.unreachable': 'The box cannot be reached. Messages wait here; we keep trying.',
  'link.trouble': 'The box has a problem. Messages wait here; we keep trying.',
  'link.storage': 'The box cannot store anything at the moment. Messages wait here; we keep trying.',
  'link.full': 'The box’s storage is full; its owner has to make room. Messages wait here; we keep trying.',
  'link.busy': 'The box is very busy. Messages wait here; we will try again in a moment.',
  'link.cipher': 'The sealing service is away. Messages wait; nothing is stored unsealed.',

  'error.INVALID_SUBSCRIPTION': 'This browser uses a notification service that the box cannot reach.',
  'error.NO_SUBSCRIPTION': 'Notifications on this device have ended. Turn them on again.',
  'error.PUSH_FAILED': 'The box cannot reach this browser’s notification service.',
};
