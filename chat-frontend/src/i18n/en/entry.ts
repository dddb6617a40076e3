import type { idEntry } from '../id/entry.ts';
import type { Text } from '../text.ts';

export const enEntry: Record<keyof typeof idEntry, Text> = {
  'register.submit': 'Register now',
  'register.lead': 'Register and chat with your friends',
  'register.haveAccount': 'Already have an account?',
  'register.toLogin': 'Log in here',
  'register.invite': 'Invitation code',
  'register.byInvite': 'This box takes new members by invitation. Paste the code or its link below.',
  'form.newUsername': 'New username',
  'form.usernameHint': '3–32 letters, digits, dots, dashes or underscores',
  'form.passwordHint': 'At least 8 characters',
  'reset.lead':
    'Ask the owner of the box for a code. It is good for 15 minutes and once; all your devices have to log in again.',
  'reset.code': 'Code from the owner of the box',
  'reset.codeHint': 'Exactly as it was given to you.',
  'reset.submit': 'Set password',
  'reset.remembered': 'Remembered it?',

  'invite.by': '{name} invites you to talk on Bisik.',
  'invite.byBox': 'You are invited to join Bisik.',
  'invite.own': 'This is your own invitation. Share its link with friends.',
  'invite.accept': 'Accept and be friends',
};
