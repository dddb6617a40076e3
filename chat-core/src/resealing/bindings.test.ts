import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

it('whatever is sealed under a binding is sealed anew after a rotation: one of the lists names each of them', () => {
  const bindings = [...read('../cipher/binding.ts').matchAll(/^export function (\w+Binding)\(/gm)].map(
    ([, name = '']) => name,
  );
  expect(bindings.length).toBeGreaterThan(5);
  const rows = read('rows.ts') + read('../cipher/sealed-fields.ts');
  expect(bindings.filter((name) => !rows.includes(`${name}(`))).toEqual([]);
});
