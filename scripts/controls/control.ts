/** A fault planted in a copy of the code, and the test of a harness that must notice it. */
export type Control = {
  /** The row of the test catalogue: which harness. */
  row: string;
  /** What is wrong with the planted code, as a sentence about it. */
  fault: string;
  /** The file, the text in it that occurs once, and what replaces it. */
  file: string;
  from: string;
  to: string;
  /** The test file, and words of the title of the test that must fail. */
  test: string;
  title: string;
  /** Where the test has many cases, words of the case alone that follow in its title. */
  only?: string;
};
