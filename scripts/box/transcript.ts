/** What was seen, on the terminal as it happens and as Markdown afterwards. */
export type Transcript = {
  section(title: string): void;
  say(line: string): void;
  /** A block as a program wrote it. */
  show(block: string): void;
  /** A claim and whether it held; `seen` is what speaks for or against it. */
  check(claim: string, held: boolean, seen?: string): void;
  /** How many claims held, and those that did not. */
  outcome(): { held: number; failed: string[] };
  markdown(): string;
};

export function openTranscript(write: (text: string) => void): Transcript {
  const lines: string[] = [];
  const failed: string[] = [];
  let held = 0;
  const put = (text: string, shown = text) => {
    lines.push(text);
    write(`${shown}\n`);
  };
  return {
    section: (title) => put(`\n## ${title}\n`),
    say: (line) => put(`\n${line}\n`),
    show: (block) => put(`\n\`\`\`\n${block}\n\`\`\`\n`, block.replace(/^/gm, '    ')),
    check: (claim, ok, seen = '') => {
      if (ok) held += 1;
      else failed.push(claim);
      put(`- ${ok ? '✓' : '**✗ FAILED**'} ${claim}${seen && `: ${inline(seen)}`}`);
    },
    outcome: () => ({ held, failed }),
    markdown: () => {
      const verdict =
        failed.length === 0 ? `All ${held} checks held.` : `**${failed.length} checks failed.**`;
      return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n\n${verdict}\n`;
    },
  };
}

function inline(text: string): string {
  return `\`${text.replace(/\s+/g, ' ').replaceAll('`', "'").slice(0, 160)}\``;
}
