/** How the text of a setting is read: each reader says what it would have taken. */
import { z } from 'zod';

export const text = z
  .union([z.string(), z.number()], {
    error: ({ input }) => (input === null ? 'must have a value, or be left out' : 'must be one value'),
  })
  .transform(String);

/** In a file it may be a list, too. */
const listText = z.preprocess((value) => {
  const isList = Array.isArray(value) && value.every((each) => typeof each === 'string' || typeof each === 'number');
  return isList ? value.join(',') : value;
}, text);

/** Reads text by `parse`; null there is the refusal `message`. */
const readFrom = <S extends z.ZodType<string>, T>(from: S, parse: (value: string) => T | null, message: string) =>
  from.transform((value, context) => {
    const result = parse(value.trim());
    if (result !== null) return result;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const read = <T>(parse: (value: string) => T | null, message: string) => readFrom(text, parse, message);
export const readList = <T>(parse: (value: string) => T | null, message: string) => readFrom(listText, parse, message);

export const integerBetween = (min: number, max: number) =>
  read((value) => {
    const number = Number(value);
    return /^\d+$/.test(value) && number >= min && number <= max ? number : null;
  }, `must be a whole number from ${min} to ${max}`);

export const numberBetween = (min: number, max: number) =>
  read((value) => {
    const number = Number(value);
    return value !== '' && number >= min && number <= max ? number : null;
  }, `must be a number from ${min} to ${max}`);

/** In a file true and false are as good. */
export const onOrOff = z.preprocess(
  (value) => (value === true ? 'on' : value === false ? 'off' : value),
  read(
    (value) => (value === 'on' ? { on: true } : value === 'off' ? { on: false } : null),
    'must be on or off',
  ).transform(({ on }) => on),
);

export const path = text.pipe(z.string().min(1));
