// Asks both readers of the container, in TypeScript and in Rust, what they make of an archive's head.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text as collectText } from 'node:stream/consumers';
import * as assert from 'uvu/assert';
import { targetDir } from '../../scripts/lib/paths.mjs';
import { run } from '../../scripts/lib/run.mjs';
import { forge } from './forge.mjs';
import { tensorpress } from './package.mjs';

const { hash64, jobsOf, openContainer, paramsOf, ready, TensorpressError } = tensorpress;
const CODES = new Set(['corrupt', 'truncated', 'unsupported', 'limit']);

await ready();

await run('cargo', ['build', '--quiet', '--package', 'tensorpress-engine', '--example', 'open_archive']);
const program = join(targetDir, 'debug', 'examples', 'open_archive');

/** What Rust says of heads, in order. */
async function askRust(cases) {
  const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] });
  const answers = collectText(child.stdout);
  for (const { head, length } of cases) {
    const prefix = Buffer.alloc(12);
    prefix.writeBigInt64LE(BigInt(length), 0);
    prefix.writeUInt32LE(head.length, 8);
    if (!child.stdin.write(Buffer.concat([prefix, head]))) await new Promise((go) => child.stdin.once('drain', go));
  }
  child.stdin.end();
  return (await answers)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** A head as a source of an archive; behind it all is zero. */
function sourceOf({ head, length }) {
  const read = async (offset, size) => {
    const bytes = new Uint8Array(size);
    bytes.set(head.subarray(offset, offset + size));
    return bytes;
  };
  return { size: length, read };
}

/** Members that say nothing are as good as absent. */
const bare = (value) =>
  JSON.parse(
    JSON.stringify(value, (name, member) => {
      const optional = ['format', 'note', 'approximate', 'chain', 'type_name', 'spans'].includes(name);
      return optional && (member === '' || member === false || member.length === 0) ? undefined : member;
    }),
  );

/** What TypeScript says of a head. */
export async function askTypeScript(tried) {
  try {
    const archive = await openContainer(sourceOf(tried));
    const jobs = jobsOf(archive);
    const params = jobs.map((job) => Buffer.from(paramsOf(archive, [job])).toString('hex')).join('');
    return { plan: bare(archive.plan), jobs: jobs.map(({ at, ...job }) => job), params };
  } catch (error) {
    assert.instance(error, TensorpressError, error.stack);
    assert.ok(CODES.has(error.code), error.stack);
    return { code: error.code, message: error.message };
  }
}

/** Both give the same answer to every case; gives the codes, `undefined` where it was opened. */
export async function agree(cases) {
  const found = await askRust(cases);
  assert.is(found.length, cases.length);
  for (const [index, rust] of found.entries()) {
    const typescript = await askTypeScript(cases[index]);
    const label = `${cases[index].label}\n  Rust: ${rust.message}\n  TypeScript: ${typescript.message}`;
    assert.is(typescript.code, rust.code, label);
    if (rust.code === undefined) assert.equal(typescript, rust, label);
  }
  return found.map(({ code }) => code);
}

/** The entry of an empty skeleton: its name and length. */
export const SKELETON = ['tensorpress.skeleton', 0];
/** A stream of a plan. */
export const stream = (name, len, block = 1048576, layout = 'opaque') => ({ name, len, block, layout });
/** The skeleton's stream. */
export const skeleton = (len) => stream(SKELETON[0], len);
/** A file of a plan. */
export const file = (path, len, ...pieces) => ({ path, len, pieces });
/** A tensor of a plan. */
export const tensor = (more) => ({ name: 't', file: 0, dtype: 'f32', shape: [1], encoding: 'plain', ...more });

/** An archive of this plan; its entries are as long as a block of each stream would be. */
export function lie(files, streams, tensors = [], index) {
  const plan = JSON.stringify({ files, streams, tensors });
  const blocks = streams.map(({ len, block }) => Math.min(3, Math.ceil(len / block) || 0));
  const tables = streams.flatMap(({ len, block }, at) => {
    const list = Array.from({ length: blocks[at] }, () => {
      const record = Buffer.alloc(12);
      record.writeUInt32LE(Math.min(len, block) + 1);
      return record;
    });
    return [Buffer.alloc(8), ...list];
  });
  const entries = streams.map(({ name, len, block }, at) => {
    return [name, Math.ceil((blocks[at] * (Math.min(len, block) + 1)) / 64) * 64];
  });
  const given = index ?? Buffer.concat([Buffer.alloc(16 * files.length), ...tables]);
  return { ...forge(hash64, { plan, tables: given, entries }), label: plan.slice(0, 1000) };
}
