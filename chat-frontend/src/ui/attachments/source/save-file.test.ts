// @vitest-environment happy-dom
import { expect, test, vi } from 'vitest';
import { safeName, saveFile } from './save-file.ts';

test('a name for a saved file has no path, no reserved or invisible character and no leading point, and keeps its extension', () => {
  expect(safeName('../../etc/passwd')).toBe('_.._etc_passwd');
  expect(safeName('C:\\a<b>|"c?.txt')).toBe('C__a_b___c_.txt');
  expect(safeName('foto\u202Egpj.exe\u0000')).toBe('fotogpj.exe');
  expect(safeName(' .profile. ')).toBe('profile');
  expect(safeName('...')).toBe('file');
  expect(safeName('laporan akhir.pdf')).toBe('laporan akhir.pdf');
  const long = safeName(`${'😀'.repeat(200)}.pdf`);
  expect([[...long].length, long.endsWith('😀.pdf')]).toEqual([120, true]);
});

test.each(['text/html', 'image/svg+xml', 'image/png'])(
  'a file that says %s is saved as bytes of no type, under its name, and its address is revoked',
  (type) => {
    vi.useFakeTimers();
    const blobs: Blob[] = [];
    const create = vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
      blobs.push(blob as Blob);
      return 'blob:x';
    });
    const revoke = vi.spyOn(URL, 'revokeObjectURL').mockImplementation(() => undefined);
    const clicked: string[] = [];
    const listen = (event: Event) => {
      event.preventDefault();
      const link = event.target as HTMLAnchorElement;
      clicked.push(`${link.getAttribute('href')} ${link.download} ${link.target}`);
    };
    document.addEventListener('click', listen);
    saveFile('halaman.html', new Blob(['<script>'], { type }));
    expect(clicked).toEqual(['blob:x halaman.html ']);
    expect(blobs.map((blob) => blob.type)).toEqual(['application/octet-stream']);
    expect(document.querySelector('a')).toBeNull();
    vi.runAllTimers();
    expect(revoke).toHaveBeenCalledWith('blob:x');
    document.removeEventListener('click', listen);
    create.mockRestore();
    revoke.mockRestore();
    vi.useRealTimers();
  },
);
