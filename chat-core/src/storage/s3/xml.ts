/** The text of the first element of each name in a piece of XML, without its namespace prefix. */
export function elementsOf(xml: string, name: string): string[] {
  const found = xml.matchAll(
    new RegExp(`<(?:[\\w-]+:)?${name}(?:\\s[^>]*)?>([\\s\\S]*?)</(?:[\\w-]+:)?${name}>`, 'g'),
  );
  return [...found].map(([, text = '']) => text);
}

/** The characters that XML writes as references (XML 1.0 §4.6). */
export function unescapeXml(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return text.replace(/&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g, (all, decimal, hex, word) => {
    if (word) return named[word] ?? all;
    return String.fromCodePoint(decimal ? Number(decimal) : Number.parseInt(hex, 16));
  });
}

/** The reverse, for the text of an element. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
}
