const FIELDS = 'textarea, input:not([type=radio], [type=checkbox], [type=file], [readonly])';

type TextField = HTMLInputElement | HTMLTextAreaElement;

/**
 * Reads what is typed in the fields below `root`, passwords too, and where the focus and the selection are. The function that is
 * returned restores them after `root` was drawn again with the same elements, in another language.
 */
export function readTypedInput(root: ParentNode): () => void {
  const values = new Map(byPlace<TextField>(root, FIELDS).map(([place, { value }]) => [place, value]));
  const focused = document.activeElement;
  const place = focused && byPlace(root, focused.localName).find(([, node]) => node === focused)?.[0];
  const selection = focused && selectionOf(focused);

  return () => {
    for (const [place, input] of byPlace<TextField>(root, FIELDS)) {
      const value = values.get(place) ?? '';
      if (value === '' || value === input.value) continue;
      input.value = value;
      input.dispatchEvent(new Event('input', { bubbles: true }));
    }
    if (!focused || !place) return;
    const next = byPlace<HTMLElement>(root, focused.localName).find((one) => one[0] === place)?.[1];
    next?.focus({ preventScroll: true });
    if (next && selection) (next as TextField).setSelectionRange(...selection);
  };
}

/** The elements by what they are, and which of these they are. */
function byPlace<Node extends Element>(root: ParentNode, selector: string): [string, Node][] {
  const counts = new Map<string, number>();
  return [...root.querySelectorAll<Node>(selector)].map((node) => {
    const kind = `${node.localName} ${node.getAttribute('name') ?? node.className}`;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return [`${kind} ${count}`, node];
  });
}

/** Where the caret or the selection is; undefined where an element has none. */
function selectionOf(
  node: Element,
): [number | null, number | null, 'forward' | 'backward' | 'none'] | undefined {
  if (!(node instanceof HTMLInputElement) && !(node instanceof HTMLTextAreaElement)) return undefined;
  const { selectionStart, selectionEnd, selectionDirection } = node;
  return selectionStart === null ? undefined : [selectionStart, selectionEnd, selectionDirection ?? 'none'];
}
