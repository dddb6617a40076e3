type Listeners = { [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void };
export type Props = { on?: Listeners } & {
  [attribute: string]: string | number | boolean | undefined | Listeners;
};
export type Child = Node | string | undefined;

/**
 * An element with attributes, listeners and children. Strings become text nodes, never markup. `true` sets an empty
 * attribute; `false` and undefined set none. Style and handler attributes do not exist here: the CSP forbids them.
 */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const node = document.createElement(tag);
  const { on = {}, ...attributes } = props;
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on') || name === 'style') throw new TypeError(`${name} is not an attribute to set`);
    if (value === false || value === undefined) continue;
    node.setAttribute(name, value === true ? '' : String(value));
  }
  for (const [name, listener] of Object.entries(on)) node.addEventListener(name, listener as EventListener);
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

/** Changes the text only when it differs, so that a selection in it survives. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Announces a text in a live region, also when it is the same again: assistive technology reads added nodes, not
 * unchanged text.
 */
export function announce(region: Element, text: string): void {
  region.replaceChildren(el('span', {}, text));
}

/** A name or text of a user, whose direction may differ from that of the page. */
export function bdi(text: string, className?: string): HTMLElement {
  return el('bdi', { class: className }, text);
}

/** Text for assistive technology only. */
export function visuallyHidden(text: string): HTMLSpanElement {
  return el('span', { class: 'visually-hidden' }, text);
}
