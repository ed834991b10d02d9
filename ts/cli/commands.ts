import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { compress, decompress, decompressStream, diff, inspect, type Preset, type Recipe } from '../entry/node.js';
import { guardIo, TensorpressError } from '../errors.js';
import type { Arguments } from './arguments.js';
import { OutputError, UsageError } from './arguments.js';
import { Bar } from './bar.js';
import { bytes, printable, table } from './format.js';
import { qualityTable } from './quality.js';

const STANDARD = '-';
const SUFFIX = '.tpress';

type Runner = (args: Arguments, signal: AbortSignal) => Promise<number>;

/** What an operand names. */
function sourceOf(operand: string): ReadableStream<Uint8Array> | string {
  return operand === STANDARD ? (Readable.toWeb(process.stdin) as ReadableStream<Uint8Array>) : operand;
}

function common(args: Arguments, bar: Bar, signal: AbortSignal) {
  return { workers: args.workers ?? ('auto' as const), onProgress: bar.update, signal };
}

function print(args: Arguments, value: unknown, text: () => string): void {
  process.stdout.write(args.json ? `${JSON.stringify(value, null, 2)}\n` : text());
}

/** Refuses to print a result among the bytes of what goes to standard output. */
function checkStandardOutput(args: Arguments, what: string): void {
  if (args.json) throw new OutputError(`--json: standard output is to hold the ${what}: name a file with -o`);
}

/** Writes to standard output no faster than the reader takes it. */
async function pipe(stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<void> {
  for await (const chunk of stream) {
    if (!process.stdout.write(chunk)) await once(process.stdout, 'drain', { signal });
  }
}

async function readRecipe(path: string): Promise<Recipe> {
  const text = await guardIo(`cannot read ${path}`, () => readFile(path, 'utf8'));
  try {
    return JSON.parse(text) as Recipe;
  } catch (error) {
    throw new UsageError(`--recipe: ${path} is no JSON: ${error instanceof Error ? error.message : error}`);
  }
}

const runCompress: Runner = async (args, signal) => {
  const [input = ''] = args.operands;
  const fromPipe = input === STANDARD;
  const output = args.output ?? (fromPipe ? STANDARD : resolve(input) + SUFFIX);
  const toPipe = output === STANDARD;
  if (toPipe) checkStandardOutput(args, 'archive');
  if (toPipe && process.stdout.isTTY) {
    throw new UsageError('an archive is nothing for a terminal: name a file with -o, or send it to a file or a pipe');
  }
  const bar = new Bar('compress');
  const options = {
    ...common(args, bar, signal),
    effort: args.effort ?? ('default' as const),
    verify: args.verify,
    followLinks: args.followLinks,
    // The engine refuses names that it does not know.
    preset: args.preset as Preset | undefined,
    recipe: args.recipe === undefined ? undefined : await readRecipe(args.recipe),
    targetBytes: args.targetBytes,
    bitsPerWeight: args.bitsPerWeight,
    sqnr: args.sqnr,
    tensorSqnr: args.tensorSqnr,
    maxError: args.maxError,
  };
  try {
    const source = sourceOf(input);
    if (toPipe) {
      const { stream } = await compress(source, { ...options, output: 'stream' });
      bar.clear();
      await pipe(stream, signal);
      return 0;
    }
    const { report } = await compress(source, { ...options, output: { path: output }, force: args.force });
    bar.clear();
    print(args, { output, ...report }, () => {
      const notes = report.files
        .filter((file) => file.note)
        .map((file) => `${printable(`  ${file.path}: ${file.note}`)}\n`);
      const summary = `${printable(output)}: ${bytes(report.raw)} to ${bytes(report.encoded)}, ratio ${report.ratio.toFixed(3)}\n`;
      return summary + notes.join('') + qualityTable(report);
    });
    return 0;
  } finally {
    bar.clear();
  }
};

/** Beside the archive: its name without the suffix for one file, which is then called as it was; else a folder. */
function defaultOutput(input: string): string {
  const name = basename(input);
  const stem = extname(name) === SUFFIX ? name.slice(0, -SUFFIX.length) : `${name}.out`;
  return join(dirname(resolve(input)), stem);
}

const runDecompress: Runner = async (args, signal) => {
  const [input = ''] = args.operands;
  const fromPipe = input === STANDARD;
  const output = args.output ?? (fromPipe ? STANDARD : defaultOutput(input));
  if (output === STANDARD) checkStandardOutput(args, 'file');
  const bar = new Bar('decompress');
  const options = { ...common(args, bar, signal), verify: args.verify };
  try {
    const source = sourceOf(input);
    if (output === STANDARD) {
      for await (const file of decompressStream(source, options)) {
        if (file.files > 1) throw new UsageError('the archive holds several files: name a folder with -o');
        await pipe(file.stream, signal);
      }
      return 0;
    }
    const files = await decompress(source, { ...options, output: { path: output }, force: args.force });
    bar.clear();
    print(args, { files }, () => table(files.map(({ file, size }) => [file, bytes(size)])).concat('\n'));
    return 0;
  } finally {
    bar.clear();
  }
};

const runInspect: Runner = async (args, signal) => {
  const [input = ''] = args.operands;
  const found = await inspect(sourceOf(input), { signal, followLinks: args.followLinks });
  print(args, found, () => {
    const files = found.files.map((file) => [
      file.path,
      bytes(file.size),
      file.format ?? 'plain bytes',
      file.approximate ? 'approximate' : '',
      file.note ?? '',
    ]);
    const tensors = found.tensors.map((tensor) => {
      const stored = tensor.stored === undefined ? '' : `stored ${bytes(tensor.stored)}`;
      const chain = tensor.chain ?? '';
      return [
        tensor.name,
        tensor.typeName ?? tensor.dtype,
        `[${tensor.shape.join(',')}]`,
        bytes(tensor.size),
        stored,
        chain,
      ];
    });
    const kind = found.compressed ? `archive, ${bytes(found.size)} for ${bytes(found.raw)}` : bytes(found.size);
    const parts = [`${printable(input)}: ${kind}`, table(files), ...(tensors.length > 0 ? ['', table(tensors)] : [])];
    return `${parts.join('\n')}\n`;
  });
  return 0;
};

const runDiff: Runner = async (args, signal) => {
  const [before = '', after = ''] = args.operands;
  if (before === STANDARD && after === STANDARD) throw new UsageError('diff: standard input is one of both at most');
  const bar = new Bar('diff');
  try {
    const { rename, followLinks, workers = 0 } = args;
    const found = await diff(sourceOf(before), sourceOf(after), {
      workers,
      onProgress: bar.update,
      signal,
      rename,
      followLinks,
    });
    bar.clear();
    // That no tensor differs would be taken to say that the files are alike.
    if (found.tensors.length === 0) {
      throw new TensorpressError('unsupported', `neither ${before} nor ${after} holds tensors that could be compared`);
    }
    print(args, found, () => {
      const rows = found.tensors
        .filter((tensor) => tensor.status !== 'equal')
        .map((tensor) => {
          const { sqnr, maxAbsError = 0, meanAbsError = 0, cosine = 0, sparsity = 0 } = tensor;
          const errors = [
            `max error ${maxAbsError.toPrecision(4)}`,
            `mean ${meanAbsError.toPrecision(3)}`,
            `${sqnr?.toFixed(1)} dB`,
            `cosine ${cosine.toFixed(5)}`,
            `${(sparsity * 100).toFixed(1)}% zero`,
          ];
          const own = sqnr === undefined ? [] : errors;
          return [tensor.status, tensor.name, tensor.before ?? '', tensor.after ?? '', ...own];
        });
      const { equal, changed, added, removed } = found.counts;
      const summary = `${equal} equal, ${changed} changed, ${added} added, ${removed} removed`;
      return `${rows.length > 0 ? `${table(rows)}\n` : ''}${summary}\n`;
    });
    return found.equal ? 0 : 1;
  } finally {
    bar.clear();
  }
};

/** What each command does; the number is the exit code. */
export const RUNNERS: Record<string, Runner> = {
  compress: runCompress,
  decompress: runDecompress,
  inspect: runInspect,
  diff: runDiff,
};
