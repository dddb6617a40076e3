import { readFileSync } from 'node:fs';

/** Settings are a line of text: a longer file is another one. */
const MAX_BYTES = 4096;

/**
 * The text of a file that a variable names, without the line break at its end: for secrets, which the environment of a process shows to
 * more programs than a file does.
 * @throws Error with a sentence that names the variable and the file, never its content
 */
export function readSettingFile(variable: string, file: string): string {
  const about = `The variable ${variable}: ${file}`;
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    throw new Error(`${about} cannot be read.`, { cause });
  }
  if (bytes.length > MAX_BYTES) throw new Error(`${about} has more than ${MAX_BYTES} bytes.`);
  const text = bytes.toString().trim();
  if (!/^[^\p{Cc}]+$/u.test(text)) throw new Error(`${about} must hold one line of text.`);
  return text;
}

/**
 * The given settings; each of `names` may also come from the file that `<name>_FILE` names. An empty variable counts as unset: compose
 * files and shells set such ones.
 * @throws Error as readSettingFile, or when both are set
 */
export function readSettings(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  const given = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const settings = Object.fromEntries(given);
  for (const name of names) {
    const variable = `${name}_FILE`;
    const file = settings[variable];
    // What has such a name of its own is read by its owner.
    if (file === undefined || names.includes(variable)) continue;
    if (settings[name] !== undefined) throw new Error(`The variables ${name} and ${variable} are both set.`);
    settings[name] = readSettingFile(variable, file);
  }
  return settings;
}
