// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { after, chatId, delta, message, pending, start } from '../../../test/support/factories.ts';
import { fakeClock } from '../../../test/support/fake-clock.ts';
import { enFiles } from '../../i18n/en/files.ts';
import { en } from '../../i18n/en.ts';
import { createI18n } from '../../i18n/i18n.ts';
import type { PendingMessage } from '../../state/pending.ts';
import { mountUploadAnnouncer } from './upload-announcer.ts';

const SIZE = 1_000_000;

/** A message with one file, as far as it is uploaded. */
function upload(stored: number, more: Partial<PendingMessage> = {}, isPaused = false): PendingMessage {
  const file = { id: 'f', name: 'laporan.pdf', type: 'application/pdf', size: SIZE, look: {}, stored };
  return pending('m', { files: [isPaused ? { ...file, paused: true } : file], ...more });
}

function listen(openId = chatId) {
  const time = fakeClock();
  const announcer = mountUploadAnnouncer(createI18n('en', { ...en, ...enFiles }), time.clock);
  let last = '';
  return {
    /** Shows an outbox and lets time pass; resolves with what is announced meanwhile. */
    async show(outbox: PendingMessage[], ms = 1_000, sent: string[] = []) {
      const messages = sent.map((id, index) => message(index + 1, { id }));
      const state = after(...start(0), delta({ messages }), { type: 'outbox', entries: outbox });
      announcer.node.replaceChildren();
      announcer.update(state, openId);
      await time.pass(ms);
      last = announcer.node.textContent ?? '';
      return last;
    },
    region: announcer.node,
  };
}

test('a long upload is announced at its beginning, at each quarter once, and at its end', async () => {
  const { show, region } = listen();
  expect(region.getAttribute('role')).toBe('status');
  expect(await show([upload(0)], 3_000)).toBe('');
  expect(await show([upload(100_000)], 3_000)).toBe('Uploading laporan.pdf, 977 KB.');
  expect(await show([upload(200_000)])).toBe('');
  expect(await show([upload(260_000)])).toBe('laporan.pdf: 26 percent uploaded.');
  expect(await show([upload(300_000)])).toBe('');
  expect(await show([upload(800_000)])).toBe('laporan.pdf: 80 percent uploaded.');
  expect(await show([upload(SIZE)])).toBe('laporan.pdf uploaded.');
  expect(await show([], 1_000, ['m'])).toBe('');
});

test('a short upload is not announced, whether this tab uploads it or another', async () => {
  const here = listen();
  expect(await here.show([upload(0)], 1_000)).toBe('');
  expect(await here.show([upload(600_000)])).toBe('');
  expect(await here.show([upload(SIZE)])).toBe('');
  expect(await here.show([], 10_000, ['m'])).toBe('');
  const other = listen();
  expect(await other.show([upload(0)], 1_000)).toBe('');
  expect(await other.show([], 10_000, ['m'])).toBe('');
});

test('a pause, its end and a cancelled upload are announced at once, and so is the end of what another tab uploads', async () => {
  const { show } = listen();
  await show([upload(0)]);
  expect(await show([upload(410_000, {}, true)])).toBe('Upload of laporan.pdf paused at 41 percent.');
  expect(await show([upload(410_000)])).toBe('Upload of laporan.pdf continues from 41 percent.');
  expect(await show([])).toBe('Upload of laporan.pdf cancelled.');
  const other = listen();
  expect(await other.show([upload(0)], 5_000)).toBe('Uploading laporan.pdf, 977 KB.');
  expect(await other.show([], 1_000, ['m'])).toBe('laporan.pdf uploaded.');
});

test('a failure is announced unless its conversation is open, which has an alert of its own', async () => {
  const failed = upload(0, { status: 'failed', reason: 'QUOTA_EXCEEDED' });
  const here = listen();
  await here.show([upload(0)]);
  expect(await here.show([failed])).toBe('');
  const elsewhere = listen('another');
  await elsewhere.show([upload(0)]);
  expect(await elsewhere.show([failed])).toBe('laporan.pdf not sent. Open the chat to see why.');
});

test('what waited paused or failed when the page opened is not announced, and several uploads at once are one announcement', async () => {
  const { show } = listen('another');
  const failed = upload(0, { id: 'm2', status: 'failed' });
  expect(await show([upload(0, {}, true), failed], 10_000)).toBe('');
  const both = [upload(0), upload(500_000, { id: 'm2' })];
  expect(await show(both)).toBe(
    'Upload of laporan.pdf continues from 0 percent. Upload of laporan.pdf continues from 50 percent.',
  );
});
