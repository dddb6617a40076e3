/** Whether a value parsed from JSON has a certain shape. */
export type Check = (value: unknown) => boolean;

/**
 * Checks for an object of exactly these fields, each with its check. It is written without a library: the service checks
 * five shapes, and a library took a seventh of its memory.
 */
export function exactly<T extends object>(
  fields: { [Name in keyof T]: Check },
): (value: unknown) => value is T {
  const checks = Object.entries<Check>(fields);
  return (value): value is T =>
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length === checks.length &&
    checks.every(([name, check]) => Object.hasOwn(value, name) && check((value as never)[name]));
}

/** A list of `min` to `max` items. */
export const listOf =
  <Item>(check: (item: unknown) => item is Item, min: number, max: number) =>
  (value: unknown): value is Item[] =>
    Array.isArray(value) && value.length >= min && value.length <= max && value.every(check);

/** A safe integer from 0 on. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
