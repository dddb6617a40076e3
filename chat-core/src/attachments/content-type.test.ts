import { describe, expect, it } from 'vitest';
import { inlineType, sniff } from './content-type.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const text = (value: string) => Buffer.from(value, 'latin1');
const mp4 = (major: string, ...compatible: string[]) => {
  const brands = text(`ftyp${major}\0\0\0\0${compatible.join('')}`);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(brands.length + 4);
  return Buffer.concat([size, brands, Buffer.alloc(64)]);
};
const mp3Frame = Buffer.concat([hex('fffb9000'), Buffer.alloc(413)]);
const adtsFrame = Buffer.concat([hex('fff15080 02 1f fc'), Buffer.alloc(9)]);

const SHOWN: [string, Buffer][] = [
  ['image/jpeg', hex('ffd8ffe0 00104a46')],
  ['image/png', hex('89504e470d0a1a0a 0000000d')],
  ['image/gif', text('GIF89a\x01\0\x01\0')],
  ['image/gif', text('GIF87a\x01\0\x01\0')],
  ['image/webp', text('RIFF\x24\0\0\0WEBPVP8 ')],
  ['audio/wav', text('RIFF\x24\0\0\0WAVEfmt ')],
  ['audio/ogg', text('OggS\0\x02\0\0\0\0\0\0')],
  ['audio/mpeg', text('ID3\x04\0\0\0\0\0\0')],
  ['audio/mpeg', Buffer.concat([mp3Frame, mp3Frame])],
  ['audio/aac', Buffer.concat([adtsFrame, adtsFrame])],
  ['video/webm', hex('1a45dfa3 9f 4286 81 01 42f7 81 01 42f2 81 04 42f3 81 08 4282 84 7765626d')],
  ['video/mp4', mp4('isom', 'iso2', 'avc1', 'mp41')],
  ['video/mp4', mp4('iso5', 'isom', 'hlsf')],
  ['video/mp4', mp4('M4A ')],
];
const NOT_SHOWN: [string, Buffer][] = [
  ['HTML', text('<!DOCTYPE html><script>alert(1)</script>')],
  ['HTML after blanks', text(' \n\t<html>')],
  ['SVG', text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')],
  ['XML', text('<?xml version="1.0"?>')],
  ['PDF', text('%PDF-1.7')],
  ['a zip file', hex('504b0304')],
  ['a program', text('MZ\x90\0')],
  ['HEIC', mp4('heic', 'mif1', 'isom')],
  ['AVIF', mp4('avif', 'mif1', 'mp41')],
  ['QuickTime', mp4('qt  ', 'qt  ')],
  ['Matroska', hex('1a45dfa3 8b 4282 88 6d6174726f736b61')],
  ['one MP3 frame', mp3Frame],
  ['UTF-16', hex('fffe3c00')],
  ['nothing', Buffer.alloc(0)],
  ['one byte', hex('ff')],
  ['zeros', Buffer.alloc(8192)],
];

describe('the content of a file', () => {
  it.each(SHOWN)('%s is known by its first bytes', (type, bytes) => {
    expect(sniff(bytes)).toBe(type);
    expect(inlineType('application/octet-stream', bytes)).toBe(type);
  });

  it.each(NOT_SHOWN)('%s is never shown inline, whatever its author says', (_, bytes) => {
    for (const declared of ['image/png', 'audio/mpeg', 'video/mp4', 'text/html', 'image/svg+xml'])
      expect(inlineType(declared, bytes)).toBeUndefined();
  });

  it('a container is sound where its author says so', () => {
    expect(inlineType('audio/mp4', mp4('M4A '))).toBe('audio/mp4');
    expect(inlineType('audio/x-m4a', mp4('M4A '))).toBe('audio/mp4');
    expect(inlineType('image/png', mp4('isom'))).toBe('video/mp4');
  });
});
