import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseForwarded } from './forwarded.ts';

const addresses = (header: string) => parseForwarded(header)?.map(({ address }) => address);

describe('a Forwarded header', () => {
  it('names a hop by its address, with or without a port (the examples of RFC 7239 §4 and §6)', () => {
    expect(addresses('for=192.0.2.43')).toEqual(['192.0.2.43']);
    expect(addresses('For="[2001:db8:cafe::17]:4711"')).toEqual(['2001:db8:cafe::17']);
    expect(parseForwarded('for=192.0.2.60;proto=http;by=203.0.113.43')).toEqual([
      { address: '192.0.2.60', proto: 'http' },
    ]);
    expect(addresses('for=192.0.2.43, for=198.51.100.17')).toEqual(['192.0.2.43', '198.51.100.17']);
    expect(addresses('for="192.0.2.43:47011",for="[2001:db8::7]:_p0rt"')).toEqual([
      '192.0.2.43',
      '2001:db8::7',
    ]);
  });

  it('hides a hop that it calls unknown or by a name of its own', () => {
    for (const node of ['unknown', '_gazonk', '"_SEVKISEK:80"', '2001:db8::7', '999.1.1.1', '"[1.2.3.4]"'])
      expect([node, addresses(`for=${node.includes(':') ? `"${node.replaceAll('"', '')}"` : node}`)]).toEqual(
        [node, [undefined]],
      );
    expect(addresses('proto=https')).toEqual([undefined]);
  });

  it('is not split within quotes, so that a client cannot add a hop by a quoted comma', () => {
    expect(addresses('for="x, for=203.0.113.1", for=198.51.100.2')).toEqual([undefined, '198.51.100.2']);
    expect(addresses('ext="a\\", for=203.0.113.1";for=198.51.100.2')).toEqual(['198.51.100.2']);
  });

  it('is not believed in any part when one part is not well-formed', () => {
    for (const odd of ['for=1.2.3.4, for="', 'for=', 'for 1.2.3.4', 'for=[2001:db8::7]', 'a'.repeat(3000)])
      expect([odd, parseForwarded(odd)]).toEqual([odd, undefined]);
  });

  it('gives each hop of a list back, whatever else it carries', () => {
    const hop = fc.record({ ip: fc.oneof(fc.ipV4(), fc.ipV6()), port: fc.option(fc.nat(65_535)) });
    fc.assert(
      fc.property(fc.array(hop, { minLength: 1, maxLength: 8 }), (hops) => {
        const header = hops.map(({ ip, port }) => {
          const host = ip.includes(':') ? `[${ip}]` : ip;
          return `by=_x;for="${host}${port === null ? '' : `:${port}`}";proto=https`;
        });
        expect(addresses(header.join(', '))).toEqual(hops.map(({ ip }) => ip));
      }),
    );
  });

  it('of any text is read in linear time or not at all', () => {
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => void parseForwarded(text)));
    expect(parseForwarded(`for="${'\\"'.repeat(900)}`)).toBeUndefined();
    expect(parseForwarded(' '.repeat(2000))).toHaveLength(1);
  });
});

it('a Forwarded of many spaces costs about as much as a well-formed one of its length', () => {
  const costOf = (header: string) => {
    const rounds = Array.from({ length: 9 }, () => {
      const start = performance.now();
      for (let count = 0; count < 20; count += 1) parseForwarded(header);
      return performance.now() - start;
    });
    return Math.min(...rounds);
  };
  const long = costOf('for=a;'.repeat(340).slice(0, -1));
  for (const header of [`for=a;${' '.repeat(2030)}(`, `for=a${' '.repeat(2030)}(`, `${';'.repeat(2030)}(`]) {
    expect(parseForwarded(header)).toBeUndefined();
    expect(costOf(header)).toBeLessThan(10 * long);
  }
});

it('spaces and tabs may stand around the parts of a Forwarded', () => {
  expect(parseForwarded('for=192.0.2.1 \t; proto=https , for="[2001:db8::1]:80" ')).toEqual([
    { address: '192.0.2.1', proto: 'https' },
    { address: '2001:db8::1', proto: undefined },
  ]);
});
