// @vitest-environment happy-dom
import { expect, test } from 'vitest';
import { el, setText } from './el.ts';
import { keyedList } from './keyed-list.ts';

type Item = { id: string; text: string };

function openList() {
  const parent = el('ul');
  document.body.replaceChildren(parent);
  let created = 0;
  const render = keyedList<Item>(parent, {
    key: (item) => item.id,
    create: () => {
      created += 1;
      const input = el('input');
      const label = el('span');
      const node = el('li', {}, label, input);
      return { node, update: (item) => setText(label, item.text) };
    },
  });
  const show = (ids: string, text = (id: string) => id) =>
    render([...ids].map((id) => ({ id, text: text(id) })));
  const shown = () => [...parent.children].map((node) => node.textContent).join('');
  return { parent, show, shown, created: () => created };
}

test('the list shows the items in order', () => {
  const { show, shown } = openList();
  for (const order of ['abc', 'cab', 'b', '', 'xaybzc', 'cba', 'abcdefgh', 'hgfedcba']) {
    show(order);
    expect(shown()).toBe(order);
  }
});

test('a key keeps its node when items are moved, inserted and removed', () => {
  const { parent, show, created } = openList();
  show('abcd');
  const nodes = new Map([...parent.children].map((node) => [node.textContent, node]));
  show('dxbac');
  for (const node of parent.children) {
    if (node.textContent !== 'x') expect(node).toBe(nodes.get(node.textContent));
  }
  expect(created()).toBe(5);
});

test('the list equals a rebuilt list for every order of five items', () => {
  const { show, shown } = openList();
  const orders = (items: string): string[] =>
    items.length < 2
      ? [items]
      : [...items].flatMap((x) => orders(items.replace(x, '')).map((rest) => x + rest));
  for (const order of orders('abcde')) {
    show(order);
    expect(shown()).toBe(order);
    show(order.slice(0, 3));
    expect(shown()).toBe(order.slice(0, 3));
  }
});

test('a changed item updates its node in place', () => {
  const { parent, show, shown } = openList();
  show('ab');
  const [first] = parent.children;
  show('ab', (id) => id.toUpperCase());
  expect(shown()).toBe('AB');
  expect(parent.firstElementChild).toBe(first);
});

test('the focus stays on its row while other rows move', () => {
  const { parent, show } = openList();
  show('abc');
  const input = parent.children[2]?.querySelector('input');
  input?.focus();
  expect(document.activeElement).toBe(input);
  show('cxab');
  expect(document.activeElement).toBe(input);
});

test('two items with the same key are refused', () => {
  const { show } = openList();
  expect(() => show('aa')).toThrow('two items share the key a');
});
