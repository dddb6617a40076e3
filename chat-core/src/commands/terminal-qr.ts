import { correction, generate } from 'lean-qr/nano';

/** The width of the quiet zone around the code, in modules (ISO 18004 asks for 4; scanners read 2 on a white ground). */
const QUIET_ZONE = 2;
/** Black on white (SGR), whatever the colours of the terminal: some scanners do not read inverted codes. */
const BLACK_ON_WHITE = '\u001b[30;107m';
const RESET = '\u001b[0m';
/** Two modules in one character: by the upper one (2) and the lower one (1). */
const HALVES = [' ', '▄', '▀', '█'] as const;

/** The QR code of a link as lines for a terminal of at least 80 columns. */
export function terminalQr(link: string): string[] {
  const code = generate(link, { minCorrectionLevel: correction.L });
  const lines: string[] = [];
  for (let y = -QUIET_ZONE; y < code.size + QUIET_ZONE; y += 2) {
    let line = '';
    for (let x = -QUIET_ZONE; x < code.size + QUIET_ZONE; x++)
      line += HALVES[(code.get(x, y) ? 2 : 0) + (code.get(x, y + 1) ? 1 : 0)] ?? ' ';
    lines.push(`${BLACK_ON_WHITE}${line}${RESET}`);
  }
  return lines;
}
