import '../../styles/rich-text.css';
import { el } from '../el.ts';
import { type Block, type Inline, parseFormat, plainText } from './format.ts';
import { findLinks, linkify } from './linkify.ts';

export { writeMark } from './format-keys.ts';
/** The lazy module of texts: their format and their links, without it as plain text, and the keys that write marks. */
export { plainText };

const TAGS = { '*': 'strong', _: 'em', '~': 's', '`': 'code' } as const;

/** A text as nodes: its format as elements, its links as links, everything else as text nodes. */
export function renderRichText(text: string): (Node | string)[] {
  return parseFormat(text, findLinks).flatMap(renderBlock);
}

function renderBlock(block: Block): (Node | string)[] {
  switch (block.kind) {
    case 'text':
      return block.children.flatMap(renderInline);
    case 'quote':
      return [
        el('blockquote', { class: 'rich-quote', dir: 'auto' }, ...block.children.flatMap(renderInline)),
      ];
    case 'code':
      return [el('code', { class: 'rich-block', dir: 'ltr' }, block.code)];
    case 'list': {
      const items = block.items.map((item) => el('li', { dir: 'auto' }, ...item.flatMap(renderInline)));
      if (block.start === undefined) return [el('ul', { class: 'rich-list' }, ...items)];
      return [el('ol', { class: 'rich-list', start: block.start }, ...items)];
    }
  }
}

function renderInline(part: Inline): (Node | string)[] {
  if (typeof part === 'string') return linkify(part);
  const children = part.mark === '`' ? part.children.map(String) : part.children.flatMap(renderInline);
  return [el(TAGS[part.mark], {}, ...children)];
}
