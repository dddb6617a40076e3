import { expect, test } from 'vitest';
import { codeIn, groupLink, invitationIn, inviteLink, ownLink, usernameIn } from './share-links.ts';

const place = { origin: 'https://chat.example.org', pathname: '/' };

test('the invitation code is found in the code itself and in the whole link', () => {
  const link = inviteLink('Zx8k-Q2_m', place);
  expect(link).toBe('https://chat.example.org/#/invite/Zx8k-Q2_m');
  for (const text of ['Zx8k-Q2_m', ' Zx8k-Q2_m\n', link, `  ${link}`]) expect(codeIn(text)).toBe('Zx8k-Q2_m');
});

test.each(['sari', 'budi.santoso', 'Pak Joko', 'a/b?c#d', 'ユーザー'])(
  'the username %s is found in itself and in the link of its owner',
  (username) => {
    const link = ownLink(username, place);
    expect(link).toMatch(/^https:\/\/chat\.example\.org\/#\/add\/[^/?#\s]+$/);
    for (const text of [username, ` ${username} `, link, ` ${link}\n`])
      expect(usernameIn(text)).toBe(username);
  },
);

test.each(['@sari', '＠sari', ' @sari ', '\u3000＠ sari\n'])(
  '%j names whom the contact page shows as @sari',
  (text) => {
    expect(usernameIn(text)).toBe('sari');
  },
);

test('only one @ is removed before an imported username that begins with @', () => {
  expect(usernameIn('@@admin')).toBe('@admin');
  expect(usernameIn(ownLink('@admin', place))).toBe('@admin');
});

test('the links of an invitation and of a group are distinguished from a username', () => {
  const code = 'Zx8k-Q2_m';
  expect(invitationIn(` ${inviteLink(code, place)}\n`)).toEqual({ name: 'invite', code });
  expect(invitationIn(` ${groupLink(code, place)}\n`)).toEqual({ name: 'group', code });
  for (const text of ['sari', '@sari', 'Zx8k-Q2_m', ownLink('sari', place)]) {
    expect(invitationIn(text)).toBeUndefined();
  }
});
