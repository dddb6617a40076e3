/** Whether a value parsed from JSON has some form. */
export type Check = (value: unknown) => boolean;

/**
 * An object of exactly these fields, each of its form. Written here and not with a library: the service that holds the
 * keys checks five forms, and the library was a seventh of its memory.
 */
export const exactly =
  <T extends object>(fields: { [Name in keyof T]: Check }) =>
  (value: unknown): value is T => {
    if (typeof value !== 'object' || value === null) return false;
    const checks = Object.entries<Check>(fields);
    return (
      Object.keys(value).length === checks.length &&
      checks.every(([name, holds]) => Object.hasOwn(value, name) && holds((value as never)[name]))
    );
  };

/** A list of `min` to `max` items. */
export const listOf =
  <Item>(holds: (item: unknown) => item is Item, min: number, max: number) =>
  (value: unknown): value is Item[] =>
    Array.isArray(value) && value.length >= min && value.length <= max && value.every(holds);

/** A safe integer from 0 on. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
