import { parseArgs } from 'node:util';
import { HELP } from './usage.js';

/** The caller made a mistake: exit code 2. */
export class UsageError extends Error {}

/** As `UsageError`, where standard output is to hold a file's bytes: nothing else is printed there. */
export class OutputError extends UsageError {}

/** What the command line asks for. */
export interface Arguments {
  command: string;
  operands: string[];
  output: string | undefined;
  effort: 'fast' | 'default' | 'max' | undefined;
  rename: Record<string, string> | undefined;
  preset: string | undefined;
  /** Path of a JSON file. */
  recipe: string | undefined;
  targetBytes: number | undefined;
  bitsPerWeight: number | undefined;
  sqnr: number | undefined;
  tensorSqnr: number | undefined;
  maxError: number | undefined;
  workers: number | undefined;
  json: boolean;
  force: boolean;
  verify: boolean;
  followLinks: boolean;
  help: boolean;
  version: boolean;
}

const OPTIONS = {
  output: { type: 'string', short: 'o' },
  effort: { type: 'string' },
  rename: { type: 'string', multiple: true },
  preset: { type: 'string' },
  recipe: { type: 'string' },
  'target-bytes': { type: 'string' },
  'bits-per-weight': { type: 'string' },
  sqnr: { type: 'string' },
  'tensor-sqnr': { type: 'string' },
  'max-error': { type: 'string' },
  workers: { type: 'string' },
  json: { type: 'boolean' },
  force: { type: 'boolean', short: 'f' },
  verify: { type: 'boolean' },
  'follow-links': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

const EVERYWHERE = ['json', 'workers', 'help', 'version'];

/** What is done to the weights. */
const RECIPE = ['preset', 'recipe', 'target-bytes', 'bits-per-weight', 'sqnr', 'tensor-sqnr', 'max-error'];

/** Options and number of operands of each command. */
const COMMANDS: Record<string, { options: string[]; operands: number; expected: string }> = {
  compress: {
    options: ['output', 'effort', 'force', 'verify', 'follow-links', ...RECIPE],
    operands: 1,
    expected: 'one file or folder',
  },
  decompress: { options: ['output', 'force', 'verify'], operands: 1, expected: 'one archive' },
  inspect: { options: ['follow-links'], operands: 1, expected: 'one file, folder or archive' },
  diff: { options: ['rename', 'follow-links'], operands: 2, expected: 'two files, folders or archives' },
};

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error));
  }
}

function parseWorkers(text: string | undefined): number | undefined {
  if (text === undefined || text === 'auto') return undefined;
  if (!/^\d{1,3}$/.test(text)) throw new UsageError(`--workers: expected a number or auto, found ${text}`);
  return Number(text);
}

function parseEffort(text: string | undefined): Arguments['effort'] {
  if (text === undefined || text === 'fast' || text === 'default' || text === 'max') return text;
  throw new UsageError(`--effort: expected fast, default or max, found ${text}`);
}

/** `before=after`, any number of times. */
function parseRename(pairs: string[] | undefined): Record<string, string> | undefined {
  return pairs?.reduce<Record<string, string>>((all, pair) => {
    const [, before, after] = /^(.+?)=(.+)$/.exec(pair) ?? [];
    if (before === undefined || after === undefined) {
      throw new UsageError(`--rename: expected before=after, found ${pair}`);
    }
    all[before] = after;
    return all;
  }, {});
}

function parseNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text))
    throw new UsageError(`--${option}: expected a number, found ${text}`);
  return Number(text);
}

const UNITS: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30 };

/** A size such as `20MB`, `1.5 GiB` or `300000`. */
function parseSize(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([kmg]?i?)b?$/i.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  if (count === '' || factor === undefined) {
    throw new UsageError(`--${option}: expected a size such as 20MB or 20MiB, found ${text}`);
  }
  return Math.floor(Number(count) * factor);
}

/** Reads the command line; refuses what the command does not know. */
export function parseArguments(args: string[]): Arguments {
  const { values, positionals } = parse(args);
  const [command = '', ...operands] = positionals;
  const help = values.help === true;
  const version = values.version === true;
  const known = COMMANDS[command];
  if (command !== '' && HELP[command] === undefined) {
    throw new UsageError(`there is no command ${command}; there are ${Object.keys(COMMANDS).join(', ')}`);
  }
  if (!help && !version) {
    if (known === undefined) throw new UsageError(`expected a command: ${Object.keys(COMMANDS).join(', ')}`);
    for (const name of Object.keys(values)) {
      if (EVERYWHERE.includes(name) || known.options.includes(name)) continue;
      throw new UsageError(`${command} has no option --${name}`);
    }
    if (operands.length !== known.operands) {
      throw new UsageError(`${command}: expected ${known.expected}, found ${operands.length}`);
    }
    if (operands.includes('')) throw new UsageError(`${command}: expected ${known.expected}, found an empty path`);
    if (values.output === '') throw new UsageError('--output: expected a path');
  }
  return {
    command,
    operands,
    output: values.output,
    effort: parseEffort(values.effort),
    rename: parseRename(values.rename),
    preset: values.preset,
    recipe: values.recipe,
    targetBytes: parseSize('target-bytes', values['target-bytes']),
    bitsPerWeight: parseNumber('bits-per-weight', values['bits-per-weight']),
    sqnr: parseNumber('sqnr', values.sqnr),
    tensorSqnr: parseNumber('tensor-sqnr', values['tensor-sqnr']),
    maxError: parseNumber('max-error', values['max-error']),
    workers: parseWorkers(values.workers),
    json: values.json === true,
    force: values.force === true,
    verify: values.verify === true,
    followLinks: values['follow-links'] === true,
    help,
    version,
  };
}
