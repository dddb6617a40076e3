// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { after, start } from '../../../test/support/factories.ts';
import { ApiError } from '../../api/api-error.ts';
import { wallClock } from '../../clock.ts';
import { enFiles } from '../../i18n/en/files.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import type { FileInfo } from '../../state/file-kind.ts';
import type { Ui } from '../ui.ts';
import { createFileRow } from './file-row.ts';

/** A row of a file of a message, on a server that answers the paths of `answers`. */
function openRow(file: Partial<FileInfo>, answers: Record<string, Response> = {}) {
  const requested: string[] = [];
  const request = async (_: string, path: string) => {
    requested.push(path);
    const answer = answers[path];
    if (!answer) throw new ApiError('NOT_FOUND', 404);
    return answer;
  };
  const http = {
    base: '/api',
    request,
    post: async (path: string) => (await request('POST', path)).json(),
  };
  const i18n = createI18n('en', { ...en, ...enFiles });
  const ui = {
    i18n,
    http,
    clock: wallClock,
    state: () => after(...start(0)),
    limit: () => 'chats',
  } as unknown as Ui;
  const whole = { id: 'f', name: 'a.pdf', type: 'application/pdf', size: 3, ...file };
  const { node } = createFileRow(ui, 'c', { file: whole, seq: 7 });
  document.body.replaceChildren(node);
  const button = (label: RegExp) =>
    [...node.querySelectorAll('button')].find((one) =>
      label.test(one.getAttribute('aria-label') ?? one.textContent),
    );
  return { node, button, requested };
}
const PATH = '/conversations/c/messages/7/attachments/f';

test('a recording is played in place by a signed address that is asked for when it is wanted, and can be saved', async () => {
  const answer = Response.json({ path: '/files/c/7/f?signature=x', expiresAt: 1 });
  const { node, button, requested } = openRow(
    { name: 'lagu.mp3', type: 'audio/mpeg', durationMs: 61_000 },
    { [`${PATH}/address`]: answer },
  );
  expect(node.textContent).toContain('1:01 · 3 B');
  expect(button(/^Download lagu.mp3$/)).toBeDefined();
  expect(requested).toEqual([]);
  button(/^Play lagu.mp3$/)?.click();
  await expect
    .poll(() => node.querySelector('audio')?.getAttribute('src'))
    .toBe('/api/files/c/7/f?signature=x');
  expect(requested).toEqual([`${PATH}/address`]);
});

test('a file that is gone says so, to assistive technology too, and can be tried again', async () => {
  const { node, button, requested } = openRow({});
  button(/^Download a.pdf 3 B$/)?.click();
  await expect.poll(() => node.querySelector('[role=status]')?.textContent).toBe(enFiles['file.gone']);
  expect(button(/^Download a.pdf No longer there/)).toBeDefined();
  expect(requested).toEqual([PATH]);
});

test('a file whose metadata did not open has a sentence and nothing to press', () => {
  const { node } = openRow({ name: '', type: 'application/octet-stream', locked: true });
  expect(node.textContent).toContain('Locked file');
  expect(node.querySelector('button')?.disabled).toBe(true);
});

test('a recording that this browser cannot play says so and can still be saved', async () => {
  const answer = Response.json({ path: '/files/c/7/f?signature=x', expiresAt: 1 });
  const { node, button } = openRow({ name: 'lagu.mp3', type: 'audio/mpeg' }, { [`${PATH}/address`]: answer });
  button(/^Play lagu.mp3$/)?.click();
  await expect.poll(() => node.querySelector('audio')).not.toBe(null);
  node.querySelector('audio')?.dispatchEvent(new Event('error'));
  expect(node.querySelector('audio')).toBe(null);
  expect(node.querySelector('[role=status]')?.textContent).toBe(enFiles['file.unplayable']);
  expect(node.textContent).toContain('lagu.mp3');
  expect(button(/^Download lagu.mp3$/)).toBeDefined();
});

test('a voice message among files has its kind in place of its name', () => {
  const { node, button } = openRow({ name: 'suara-2026.webm', type: 'audio/webm', voice: true });
  expect(node.textContent).toContain('Voice message');
  expect(node.textContent).not.toContain('suara-2026.webm');
  expect(button(/^Play Voice message$/)).toBeDefined();
});
