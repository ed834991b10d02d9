import { corrupt } from './faults.js';

/**
 * Reads JSON of a known structure. `JSON.parse` is too lenient: of several members of one name it keeps only the last, it
 * moves names that are numbers to the front, accepts 1e2 as a length, and in some runtimes recurses as deep as the text does.
 */
export function parseJson<T>(about: string, bytes: Uint8Array, read: Read<T>): T {
  what = about;
  at = 0;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw corrupt(what, 'is no UTF-8');
  }
  try {
    const value = read();
    if (next() !== undefined) fail('nothing more');
    return value;
  } finally {
    text = '';
  }
}

/** Reads one kind of value, from where the text was read up to. */
export type Read<T> = () => T;

// One text is read at a time, and without a pause: the state is the module's, which is as fast as it gets.
let text = '';
let at = 0;
let what = '';

/** Refuses the text where it was read up to. */
export function fail(expected: string): never {
  throw corrupt(what, `expected ${expected} at character ${at}`);
}

/** What comes next behind white space; nothing at the end. */
function next(): string | undefined {
  let found = text[at];
  while (found === ' ' || found === '\n' || found === '\r' || found === '\t') {
    at += 1;
    found = text[at];
  }
  return found;
}

/** Whether a mark comes next, which is passed then. */
function take(mark: string): boolean {
  if (text[at] !== mark && next() !== mark) return false;
  at += 1;
  return true;
}

function expect(mark: string): void {
  if (!take(mark)) fail(mark);
}

/** Reads the items between two brackets. */
function items(open: string, close: string, item: () => void): void {
  expect(open);
  if (take(close)) return;
  do item();
  while (take(','));
  expect(close);
}

/** Reads an object: of each member the name, and then what `member` makes of it. */
export function members(member: (name: string) => void): void {
  items('{', '}', () => member(memberName()));
}

function memberName(loose?: boolean): string {
  const name = string(loose);
  expect(':');
  return name;
}

/** A string; only in what is skipped may there be halves of surrogate pairs. */
export function string(loose?: boolean): string {
  expect('"');
  const start = at;
  let end = text.indexOf('"', at);
  for (; end >= 0; end = text.indexOf('"', end + 1)) {
    let before = end;
    while (text[before - 1] === '\\') before -= 1;
    if ((end - before) % 2 === 0) break;
  }
  if (end < 0) fail('a string');
  at = end + 1;
  const plain = text.slice(start, end);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must be escaped
  if (!/[\\\0-\x1f]/.test(plain)) return plain;
  let value: string | undefined;
  try {
    value = JSON.parse(`"${plain}"`);
  } catch {}
  return value === undefined || (!loose && /\p{Cs}/u.test(value)) ? fail('a valid string before') : value;
}

/** The digits of a whole number from 0 that is written as one. */
function digits(): number {
  next();
  const start = at;
  let value = 0;
  for (let digit = text.charCodeAt(at) - 48; digit >= 0 && digit < 10; digit = text.charCodeAt(at) - 48) {
    value = value * 10 + digit;
    at += 1;
  }
  if (at === start || (text[start] === '0' && at > start + 1)) fail('a whole number');
  return value;
}

/** A whole number that is exact, and below a limit if there is one. */
export function count(limit: number = 2 ** 53): number {
  const value = digits();
  return value < limit ? value : fail(`less than ${limit} before`);
}

/** A whole number below 2^64. It may come out rounded. */
export function wide(): number {
  next();
  const start = at;
  const value = digits();
  const length = at - start;
  const fits = length < 20 || (length === 20 && text.slice(start, at) < '18446744073709551616');
  return fits ? value : fail('less than 2^64 before');
}

/** The word that comes next, of those that a pattern knows. */
function word(pattern: RegExp): string | undefined {
  next();
  pattern.lastIndex = at;
  const found = pattern.exec(text)?.[0];
  at += found?.length ?? 0;
  return found;
}

const SCALAR = /true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const NULL = /null/y;
const BOOLEAN = /true|false/y;

/** Passes a value of any kind, however deep. */
function skip(): void {
  const open: string[] = [];
  do {
    const close = take('{') ? '}' : take('[') ? ']' : undefined;
    if (close && !take(close)) {
      open.push(close);
      if (close === '}') memberName(true);
      continue;
    }
    if (!close && word(SCALAR) === undefined) string(true);
    while (open.length > 0) {
      if (take(',')) {
        if (open.at(-1) === '}') memberName(true);
        break;
      }
      expect(open.pop() as string);
    }
  } while (open.length > 0);
}

export function boolean(): boolean {
  return (word(BOOLEAN) ?? fail('true or false')) === 'true';
}

export function orNull<T>(read: Read<T>): Read<T | undefined> {
  return () => (next() === 'n' && word(NULL) ? undefined : read());
}

export function oneOf<T extends string>(words: readonly T[]): Read<T> {
  return () => {
    const found = string() as T;
    return words.includes(found) ? found : fail(`one of ${words} before`);
  };
}

export function list<T>(item: Read<T>): Read<T[]> {
  return () => {
    const found: T[] = [];
    items('[', ']', () => found.push(item()));
    return found;
  };
}

const numbers = list(() => count());

/** A list of exact numbers, as many as `length` says of the first one. */
export function counts<T extends number[]>(length: (first: number | undefined) => T['length']): Read<T> {
  return () => {
    const found = numbers();
    return found.length === length(found[0]) ? (found as T) : fail(`${length(found[0])} numbers before`);
  };
}

/** What a record is made of. */
type Members<T> = { [Name in keyof T]-?: Read<T[Name]> };

/** An object with all members of `needed` and some of `others`, none of them twice. Members beyond are passed over. */
export function record<T, O = unknown>(needed: Members<T>, others?: Members<O>): Read<T & O> {
  const known = Object.entries<Read<unknown>>({ ...needed, ...others });
  const marks = known.map(([name]) => `"${name}":`);
  // A bit a member; the needed ones come first.
  const all = (1 << Object.keys(needed).length) - 1;
  return () => {
    const found: Record<string, unknown> = {};
    let seen = 0;
    // Members mostly come in the order in which they are known.
    let index = 0;
    items('{', '}', () => {
      while (index < marks.length && !text.startsWith(marks[index] as string, at)) index += 1;
      if (index < marks.length) at += (marks[index] as string).length;
      else {
        const name = memberName();
        index = known.findIndex(([other]) => other === name);
      }
      const member = known[index];
      if (member) {
        if (seen & (1 << index)) fail(`one ${member[0]}; the second is`);
        seen |= 1 << index;
        found[member[0]] = member[1]();
      } else skip();
      index += 1;
    });
    if ((seen & all) < all) fail(`${Object.keys(needed)} before`);
    return found as T & O;
  };
}
