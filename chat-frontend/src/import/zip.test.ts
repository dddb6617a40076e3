import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ZippedFile, zipOf } from '../../test/support/zip-of.ts';
import { openExport, titleOf } from './read-export.ts';
import { openZip } from './zip.ts';

const CHAT = Buffer.from('31/12/23 21.05 - Bu Sari: IMG-1.jpg (file terlampir)\n31/12/23 21.06 - Budi: hai');
const fileOf = (bytes: Uint8Array, name = 'Chat WhatsApp dengan Keluarga.zip') =>
  new File([new Uint8Array(bytes)], name);
const open = (files: ZippedFile[]) => openExport(fileOf(zipOf(files)));

describe('the zip of an export', () => {
  it('a chat and its media are found by their names, whatever folder they stand in', async () => {
    const found = await open([
      { path: 'x/IMG-1.jpg', content: Buffer.from('foto'), isStored: true },
      { path: '../../etc/IMG-2.jpg', content: Buffer.from('lain') },
      { path: 'Chat WhatsApp dengan Keluarga.txt', content: CHAT },
    ]);
    const chat = await found.chats[0]?.parse();
    expect(chat?.title).toBe('Keluarga');
    expect(chat?.rows.map(({ file }) => file)).toEqual(['IMG-1.jpg', undefined]);
    expect(await (await found.media('IMG-1.jpg')?.open(100))?.text()).toBe('foto');
    expect(await (await found.media('/tmp/../IMG-2.jpg')?.open(100))?.text()).toBe('lain');
    expect(found.media('IMG-3.jpg')).toBeUndefined();
  });

  it('a zip bomb, a file that is larger than it says, and one with a password are refused', async () => {
    const zeros = Buffer.alloc(20 * 2 ** 20);
    const [bomb] = await openZip(fileOf(zipOf([{ path: '_chat.txt', content: zeros, size: 2 ** 31 }])));
    await expect(bomb?.open(128 * 2 ** 20)).rejects.toMatchObject({ fault: 'tooLarge' });
    const [liar] = await openZip(fileOf(zipOf([{ path: 'a', content: zeros, size: 1000 }])));
    await expect(liar?.open(2000)).rejects.toMatchObject({ fault: 'tooLarge' });
    await expect(open([{ path: '_chat.txt', content: CHAT, flags: 1 }])).rejects.toMatchObject({
      fault: 'encrypted',
    });
    await expect(open([{ path: 'foto.jpg', content: CHAT }])).rejects.toMatchObject({ fault: 'noChat' });
  });

  it('a zip that was cut off or changed anywhere is read or refused, and never throws anything else', async () => {
    const whole = zipOf([
      { path: '_chat.txt', content: CHAT },
      { path: 'IMG-1.jpg', content: Buffer.from('foto') },
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length),
        fc.nat(whole.length - 1),
        fc.nat(255),
        async (length, at, value) => {
          const changed = Buffer.from(whole);
          changed[at] = value;
          for (const bytes of [changed, whole.subarray(0, length)]) {
            if (bytes.length === 0) continue;
            try {
              const found = await openExport(fileOf(bytes));
              await found.chats[0]?.parse();
              await found.media('IMG-1.jpg')?.open(1000);
            } catch (thrown) {
              expect(['ZipError', 'ReadError']).toContain((thrown as Error).name);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('texts in UTF-8 and UTF-16 with a byte order mark and in Windows-1252 are read', async () => {
    const text = '31/12/23 21.05 - André: déjà vu';
    const forms = [
      Buffer.from(`\ufeff${text}`),
      Buffer.from(`\ufeff${text}`, 'utf16le'),
      Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
      Buffer.from(text, 'latin1'),
    ];
    for (const bytes of forms) {
      const [chat] = (await openExport(fileOf(bytes, 'x.txt'))).chats;
      expect((await chat?.parse())?.rows).toMatchObject([{ name: 'André', text: 'déjà vu' }]);
    }
  });

  it('the name of the chat is taken from the name of the file', () => {
    expect(titleOf('WhatsApp Chat with Bu Sari.txt')).toBe('Bu Sari');
    expect(titleOf('WhatsApp Chat - Bu Sari.zip')).toBe('Bu Sari');
    expect(titleOf('Chat WhatsApp dengan Keluarga.txt')).toBe('Keluarga');
  });
});
