// Sections of WebAssembly modules, as far as the build reads and rewrites them.

/** The numbers of sections. */
export const SECTION = { custom: 0, type: 1, import: 2, function: 3, code: 10, data: 11 };
/** What a module begins with: its magic and version. */
const HEAD = 8;

/** A number in LEB128 and where it ends. */
export function leb128(bytes, at) {
  let [value, shift, end] = [0, 0, at];
  for (;;) {
    const byte = bytes[end++];
    value += (byte & 127) * 2 ** shift;
    shift += 7;
    if (byte < 128) return [value, end];
  }
}

/** A number below 2^32 as LEB128. */
export function encoded(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

/** Bytes with their length before them. */
const sized = (bytes) => Buffer.concat([encoded(bytes.length), bytes]);

/** Bytes that their length precedes, and where they end. */
function sizedAt(bytes, at) {
  const [length, start] = leb128(bytes, at);
  return [bytes.subarray(start, start + length), start + length];
}

/** The sections of a module: their numbers and contents, which are views of the module. */
export function sectionsOf(module) {
  const sections = [];
  for (let at = HEAD; at < module.length; ) {
    const [content, end] = sizedAt(module, at + 1);
    sections.push({ id: module[at], content });
    at = end;
  }
  return sections;
}

const contentOf = (sections, id) => sections.find((section) => section.id === id).content;

/** The number of imported functions, which come before a module's own; only functions, tables and memories are known here. */
function importsOf(content) {
  let [count, at] = leb128(content, 0);
  let functions = 0;
  for (; count > 0; count--) {
    for (const _ of ['module', 'name']) at = sizedAt(content, at)[1];
    const kind = content[at++];
    if (kind > 2) throw new Error(`an import of the unknown kind ${kind}`);
    if (kind === 0) functions++;
    if (kind === 1) at++;
    const bounds = kind === 0 ? 1 : 1 + (content[at++] & 1);
    for (let bound = 0; bound < bounds; bound++) [, at] = leb128(content, at);
  }
  return functions;
}

const isNames = ({ id, content }) => id === SECTION.custom && sizedAt(content, 0)[0].toString() === 'name';

/** The names of functions by their numbers. */
function namesOf({ content }) {
  const names = new Map();
  for (let at = sizedAt(content, 0)[1]; at < content.length; ) {
    const kind = content[at];
    const [part, end] = sizedAt(content, at + 1);
    at = end;
    // The names of functions; others are those of the module, locals and so on.
    if (kind !== 1) continue;
    for (let [count, next] = leb128(part, 0); count > 0; count--) {
      const [index, behind] = leb128(part, next);
      const [name, last] = sizedAt(part, behind);
      names.set(index, name.toString());
      next = last;
    }
  }
  return names;
}

/** The types of the parameters of each of a module's own functions, a byte each. */
function parametersOf(sections) {
  const types = contentOf(sections, SECTION.type);
  const parameters = [];
  // A type is that of a function: a mark, then what it takes and gives, a byte each.
  for (let [count, at] = leb128(types, 0); count > 0; count--) {
    const [taken, end] = sizedAt(types, at + 1);
    parameters.push(taken);
    at = sizedAt(types, end)[1];
  }
  const functions = contentOf(sections, SECTION.function);
  let [count, at] = leb128(functions, 0);
  return Array.from({ length: count }, () => {
    const [type, end] = leb128(functions, at);
    at = end;
    return parameters[type];
  });
}

/** The functions of a module that has names: `{ index, name, parameters, body }`, without the imported ones. */
export function functionsOf(module) {
  const sections = sectionsOf(module);
  const names = sections.find(isNames);
  if (names === undefined) throw new Error('a module without names of functions');
  const nameOf = namesOf(names);
  const first = importsOf(contentOf(sections, SECTION.import));
  const parameters = parametersOf(sections);
  const code = contentOf(sections, SECTION.code);
  let [count, at] = leb128(code, 0);
  return Array.from({ length: count }, (_, position) => {
    const [body, end] = sizedAt(code, at);
    at = end;
    const index = first + position;
    return { index, name: nameOf.get(index) ?? '', parameters: parameters[position], body };
  });
}

/** The module with other bodies and names of its functions, which are given in order; imported ones lose their names. */
export function withFunctions(module, functions) {
  const code = [encoded(functions.length), ...functions.map(({ body }) => sized(body))];
  const names = functions.flatMap(({ index, name }) => [encoded(index), sized(Buffer.from(name))]);
  const part = Buffer.concat([encoded(functions.length), ...names]);
  const named = Buffer.concat([sized(Buffer.from('name')), Buffer.from([1]), sized(part)]);
  const sections = sectionsOf(module).filter((section) => !isNames(section));
  const contents = sections.map(({ id, content }) => [id, id === SECTION.code ? Buffer.concat(code) : content]);
  return Buffer.concat([
    module.subarray(0, HEAD),
    ...[...contents, [SECTION.custom, named]].flatMap(([id, content]) => [Buffer.from([id]), sized(content)]),
  ]);
}
