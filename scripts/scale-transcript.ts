/** What vitest's reporter `json` writes, as far as it is used here; durations are in ms. */
export type Report = {
  testResults: {
    assertionResults: { fullName: string; status: string; duration?: number | null }[];
  }[];
};

/** The transcript of `npm run test:scale`: what was tested, the figures, a row for each test, and the count as the last line. */
export function transcriptOf(
  { testResults }: Report,
  { subject, figures }: { subject: string; figures: string },
): { text: string; hasPassed: boolean } {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const passed = tests.filter(({ status }) => status === 'passed').length;
  const failed = tests.length - passed;
  const rows = tests.map(
    ({ fullName, status, duration }) =>
      `| ${fullName.trim()} | ${status} | ${((duration ?? 0) / 1000).toFixed(1)} s |`,
  );
  const text = [
    `\n# Several cores: ${subject}\n`,
    `${figures.trim()}\n`,
    '| test | | time |',
    '|---|---|---|',
    ...rows,
    `\n${passed} passed, ${failed} failed`,
  ].join('\n');
  return { text, hasPassed: failed === 0 && passed > 0 };
}
