const LINE = '#'.repeat(88);

/** A framed text that no one overlooks in a long output, each line of at most 84 characters. */
export function notice(...lines: string[]): string {
  return `\n${LINE}\n${lines.map((line) => `#  ${line.padEnd(84)}#`).join('\n')}\n${LINE}`;
}

/** The framed texts in an output. */
export function noticesIn(output: string): string[] {
  return output.match(/\n#{88}\n(#.*\n)+?#{88}/g) ?? [];
}
