// The command line: exit codes, pipes, and writes that are interrupted.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { model, safetensors, weights } from './helpers/models.mjs';
import { cli, dist, scratch } from './helpers/package.mjs';

const original = model();
const path = join(scratch, 'model.safetensors');
writeFileSync(path, original);
const big = safetensors([{ name: 'w', dtype: 'F32', shape: [24_000_000], bytes: weights(24_000_000, 5) }]);
const same = (a, b) => assert.ok(Buffer.compare(a, b) === 0, 'bytes differ');

function folder(name) {
  const made = join(scratch, name);
  mkdirSync(made);
  return made;
}

test('compress, decompress, inspect and diff with names of their own', async () => {
  const packed = await cli(['compress', 'model.safetensors', '--verify']);
  assert.is(packed.code, 0, packed.stderr);
  assert.match(packed.stdout, /ratio \d\.\d{3}/);
  assert.is(packed.stderr, '', 'no bar where there is no terminal');
  const again = await cli(['compress', 'model.safetensors']);
  assert.is(again.code, 1);
  assert.match(again.stderr, /^tensorpress: io: .*--force/);
  assert.is((await cli(['compress', 'model.safetensors', '--force', '--workers', '1'])).code, 0);
  const back = await cli(['decompress', 'model.safetensors.tpress', '-o', 'copy', '--verify', '--json']);
  assert.is(back.code, 0, back.stderr);
  assert.is(JSON.parse(back.stdout).files[0].size, original.length);
  same(readFileSync(join(scratch, 'copy')), original);
  const listed = await cli(['inspect', 'model.safetensors.tpress', '--json']);
  assert.is(JSON.parse(listed.stdout).tensors.length, 6);
  assert.match((await cli(['inspect', 'model.safetensors'])).stdout, /encoder\.weight +f32 +\[300000\]/);
  assert.is((await cli(['diff', 'copy', 'model.safetensors.tpress'])).code, 0);
  const other = model(300_000, 2);
  writeFileSync(join(scratch, 'other'), other);
  const differs = await cli(['diff', 'copy', 'other']);
  assert.is(differs.code, 1);
  assert.match(differs.stdout, /changed +encoder\.weight .* dB/);
  writeFileSync(join(scratch, 'text'), 'text');
  writeFileSync(join(scratch, 'other text'), 'other text');
  const nothing = await cli(['diff', 'text', 'other text']);
  assert.is(nothing.code, 1);
  assert.match(nothing.stderr, /neither text nor other text holds tensors/);
  assert.is((await cli(['diff', 'copy', 'text'])).code, 1);
  const unknown = await cli(['diff', 'copy', 'other', '--rename', 'nothing=x']);
  assert.is(unknown.code, 2);
  assert.match(unknown.stderr, /the first model has no tensor "nothing"/);
});

test('what a reader refuses has a line that says why', async () => {
  writeFileSync(join(scratch, 'bad.gguf'), 'GGUF and no more');
  const { code, stdout } = await cli(['compress', 'bad.gguf']);
  assert.is(code, 0);
  const [summary, note, ...more] = stdout.split('\n');
  assert.match(summary, /bad\.gguf\.tpress: .* ratio/);
  assert.match(note, /^ {2}bad\.gguf: stored as plain bytes: gguf: .*[^}]$/);
  assert.equal(more, ['']);
});

test('pipes', async () => {
  const packed = await cli(['compress', '-'], { input: original, encoding: 'bytes' });
  assert.is(packed.code, 0, packed.stderr);
  const back = await cli(['decompress', '-'], { input: packed.stdout, encoding: 'bytes' });
  assert.is(back.code, 0, back.stderr);
  same(back.stdout, original);
  for (const operands of [
    ['-', path],
    [path, '-'],
  ]) {
    assert.is((await cli(['diff', ...operands], { input: packed.stdout })).code, 0);
  }
  assert.is((await cli(['diff', '-', '-'], { input: packed.stdout })).code, 2);
  const broken = await cli(['decompress', '-'], { input: packed.stdout.subarray(0, 9000), encoding: 'bytes' });
  assert.is(broken.code, 1);
  assert.match(broken.stderr, /^tensorpress: truncated: /);
});

test('folders', async () => {
  const from = folder('checkpoint');
  mkdirSync(join(from, 'sub'));
  writeFileSync(join(from, 'a.safetensors'), original);
  writeFileSync(join(from, 'sub', 'config.json'), '{}');
  assert.is((await cli(['compress', 'checkpoint'])).code, 0);
  assert.is((await cli(['decompress', 'checkpoint.tpress', '-o', 'restored'])).code, 0);
  same(readFileSync(join(scratch, 'restored', 'a.safetensors')), original);
  assert.is(readFileSync(join(scratch, 'restored', 'sub', 'config.json'), 'utf8'), '{}');
  assert.is((await cli(['decompress', 'checkpoint.tpress', '-o', 'restored'])).code, 1);
  assert.is((await cli(['decompress', 'checkpoint.tpress', '-o', 'restored', '--force'])).code, 0);
  const piped = await cli(['decompress', 'checkpoint.tpress', '-o', '-']);
  assert.is(piped.code, 2);
  assert.is(piped.stdout, '', 'not even the first of several files');
});

test('an archive in its own folder is no part of itself, and neither is what a killed run left', async () => {
  const from = folder('within');
  writeFileSync(join(from, 'a'), 'a');
  writeFileSync(join(from, '.all.tpress.0123abcd-999999999-0123abcd.tpress-partial'), 'partial');
  symlinkSync(from, join(scratch, 'link to within'));
  for (const output of ['within/all.tpress', 'link to within/all.tpress', './within/../within/all.tpress']) {
    const { code, stdout, stderr } = await cli(['compress', 'within', '-o', output, '--force', '--json']);
    assert.is(code, 0, stderr);
    assert.equal(
      JSON.parse(stdout).files.map((file) => file.path),
      ['a'],
    );
  }
  assert.is((await cli(['inspect', 'within', '--json'])).stdout.match(/"path"/g).length, 2, 'others are');
});

test('a folder is filled or replaced, but nothing is removed that the archive does not hold', async () => {
  const from = folder('several');
  mkdirSync(join(from, 'sub'));
  writeFileSync(join(from, 'a'), '1');
  writeFileSync(join(from, 'sub', 'b'), '2');
  assert.is((await cli(['compress', 'several'])).code, 0);
  const at = folder('filled');
  const { ino } = statSync(at);
  const extract = (...more) => cli(['decompress', 'several.tpress', '-o', 'filled', ...more]);
  assert.is((await extract()).code, 0);
  assert.is(statSync(at).ino, ino, 'it may be the current folder of a shell');
  assert.equal(readdirSync(at), ['a', 'sub']);
  writeFileSync(join(at, 'a'), 'changed');
  const refused = await extract();
  assert.is(refused.code, 1);
  assert.match(refused.stderr, /--force/);
  assert.is((await extract('--force')).code, 0);
  assert.is(readFileSync(join(at, 'a'), 'utf8'), '1');
  assert.equal(readdirSync(at), ['a', 'sub']);
  for (const mine of ['mine', join('sub', 'mine')]) {
    writeFileSync(join(at, mine), 'mine');
    for (const more of [[], ['--force']]) {
      const { code, stderr } = await extract(...more);
      assert.is(code, 1);
      assert.match(stderr, /filled holds .*mine, which the archive does not: choose/);
    }
    assert.is(readFileSync(join(at, mine), 'utf8'), 'mine');
  }
  writeFileSync(join(scratch, 'one-file'), 'x');
  assert.is((await cli(['decompress', 'several.tpress', '-o', 'one-file', '--force'])).code, 0);
  assert.equal(readdirSync(join(scratch, 'one-file')), ['a', 'sub']);
});

test('archives take the place of files alone', async () => {
  const at = folder('targets');
  const pack = (name, ...more) => cli(['compress', 'model.safetensors', '-o', join(at, name), ...more]);
  mkdirSync(join(at, 'folder'));
  for (const more of [[], ['--force']]) {
    const { code, stderr } = await pack('folder', ...more);
    assert.is(code, 1);
    assert.match(stderr, /folder is a folder: name a file in it/);
  }
  symlinkSync('nowhere', join(at, 'link'));
  assert.match((await pack('link')).stderr, /link exists/);
  assert.ok(lstatSync(join(at, 'link')).isSymbolicLink());
  if (process.platform !== 'win32') {
    execFileSync('mkfifo', [join(at, 'pipe')]);
    const { code, stderr } = await pack('pipe', '--force');
    assert.is(code, 1);
    assert.match(stderr, /pipe is a device or a pipe/);
    assert.match((await cli(['compress', join(at, 'pipe')])).stderr, /a device or a pipe.*- for standard input/);
    assert.ok(lstatSync(join(at, 'pipe')).isFIFO());
  }
  assert.equal(
    readdirSync(at).filter((name) => name.endsWith('partial')),
    [],
  );
});

test('names may be as long as the system allows', async () => {
  const at = folder('long');
  for (const name of ['x'.repeat(240), 'ü'.repeat(120)]) {
    const [packed, back] = [join(at, `${name}.tpress`), join(at, `${name}.back`)];
    const { code, stderr } = await cli(['compress', 'model.safetensors', '-o', packed]);
    assert.is(code, 0, stderr);
    assert.is((await cli(['decompress', packed, '-o', back])).code, 0);
    same(readFileSync(back), original);
  }
  assert.is(readdirSync(at).length, 4);
});

(process.platform === 'win32' ? test.skip : test)('a folder may hold more files than may be open at once', () => {
  const at = folder('many');
  for (let index = 0; index < 400; index += 1) writeFileSync(join(at, `file ${index}`), `content ${index}`);
  const limited = (...args) => {
    const shell = 'ulimit -n 200 && exec "$0" "$@"';
    return spawnSync('sh', ['-c', shell, process.execPath, join(dist, 'cli.js'), ...args], {
      cwd: scratch,
      encoding: 'utf8',
    });
  };
  for (const args of [
    ['compress', 'many'],
    ['decompress', 'many.tpress', '-o', 'back'],
  ]) {
    const { status, stderr } = limited(...args);
    assert.is(status, 0, stderr);
  }
  assert.is(readFileSync(join(scratch, 'back', 'file 399'), 'utf8'), 'content 399');
});

test('help and version', async () => {
  for (const command of [[], ['compress'], ['decompress'], ['inspect'], ['diff']]) {
    const { code, stdout } = await cli([...command, '--help']);
    assert.is(code, 0);
    assert.match(stdout, /Usage: tensorpress/);
    assert.match(stdout, /Examples:\n/);
  }
  const { version } = JSON.parse(readFileSync(join(dist, '..', 'package.json'), 'utf8'));
  assert.is((await cli(['--version'])).stdout, `${version}\n`);
});

test('failures as JSON', async () => {
  writeFileSync(join(scratch, 'no archive'), original);
  const failing = [
    [['decompress', 'no archive'], 1, 'corrupt', /^this is no tensorpress archive, which compress makes$/],
    [['inspect', 'missing'], 1, 'io', /ENOENT/],
    [['compress', 'no archive', '--preset', 'tiny'], 2, 'invalid-option', /tiny/],
    [['shrink'], 2, 'invalid-option', /no command shrink/],
    [['diff', 'no archive'], 2, 'invalid-option', /expected two files/],
  ];
  for (const [args, status, code, message] of failing) {
    const plain = await cli(args);
    assert.is(plain.code, status);
    assert.is(plain.stdout, '');
    const answered = await cli([...args, '--json']);
    assert.is(answered.code, status);
    assert.is(answered.stderr, plain.stderr);
    const { error, ...more } = JSON.parse(answered.stdout);
    assert.is(error.code, code);
    assert.match(error.message, message);
    assert.equal(more, {});
  }
});

test('an archive that is compressed again says what it is, and comes back', async () => {
  writeFileSync(join(scratch, 'twice'), original);
  assert.is((await cli(['compress', 'twice'])).code, 0);
  const { code, stdout } = await cli(['compress', 'twice.tpress', '-o', 'twice.tpress.tpress']);
  assert.is(code, 0);
  assert.match(stdout, /\n {2}twice\.tpress: it is a tensorpress archive already\n/);
  assert.is((await cli(['decompress', 'twice.tpress.tpress', '-o', 'once.tpress'])).code, 0);
  same(readFileSync(join(scratch, 'once.tpress')), readFileSync(join(scratch, 'twice.tpress')));
});

test('wrong usage', async () => {
  const wrong = [
    [],
    ['shrink'],
    ['compress'],
    ['compress', 'a', 'b'],
    ['compress', 'a', '--effort', 'ultra'],
    ['compress', 'a', '--workers', 'x'],
    ['inspect', 'a', '--force'],
    ['diff', 'a'],
    ['decompress', 'a', '--nope'],
    ['compress', ''],
    ['decompress', ''],
    ['diff', 'a', ''],
    ['compress', 'a', '--sqnr', '-5'],
    ['compress', 'model.safetensors', '-o', '-', '--json'],
    ['compress', '-', '--json'],
    ['decompress', '-', '--json'],
  ];
  for (const args of wrong) {
    const { code, stdout, stderr } = await cli(args);
    assert.is(code, 2, args.join(' '));
    assert.is(stdout, '');
    assert.match(stderr, /^tensorpress: /);
    assert.not.match(stderr, /\\u\{/);
  }
  assert.not(existsSync(`${scratch}.tpress`));
  assert.is((await cli(['compress', 'missing'])).code, 1);
});

const terminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux');
(terminal ? test : test.skip)('a terminal gets no archive, and a bar of one line', async () => {
  writeFileSync(join(scratch, 'big'), big);
  const inTerminal = (command) => {
    const shell = `stty cols 30 && exec "${process.execPath}" "${join(dist, 'cli.js')}" ${command}`;
    return spawnSync('script', ['-qec', shell, '/dev/null'], { cwd: scratch, encoding: 'utf8' });
  };
  const refused = inTerminal('compress - < model.safetensors');
  assert.is(refused.status, 2, refused.stdout);
  assert.match(refused.stdout, /^tensorpress: an archive is nothing for a terminal/);
  const { status, stdout } = inTerminal('compress big -o in-terminal.tpress --effort fast');
  assert.is(status, 0, stdout);
  const lines = stdout.split('\r\x1b[K').slice(1, -1);
  assert.ok(lines.length > 1);
  for (const line of lines) assert.ok(line.length < 30, line);
});

test('a reader that goes away ends the work without a word', async () => {
  writeFileSync(join(scratch, 'big'), big);
  for (const args of [['compress', 'big', '--effort', 'fast', '-o', '-'], ['--help']]) {
    const { code, stderr } = await cli(args, { onStart: (child) => child.stdout.destroy() });
    assert.is(code, 1);
    assert.is(stderr, '');
  }
});

(existsSync('/dev/full') ? test : test.skip)('standard output that takes no more is an error', async () => {
  for (const args of [['inspect'], ['compress', '-o', '-']]) {
    const [command, ...more] = args;
    const shell = `exec "$0" "$@" > /dev/full`;
    const run = [shell, process.execPath, join(dist, 'cli.js'), command, 'model.safetensors', ...more];
    const { status, stderr } = spawnSync('sh', ['-c', ...run], { cwd: scratch, encoding: 'utf8' });
    assert.is(status, 1);
    assert.match(stderr, /^tensorpress: io: cannot write to standard output: ENOSPC[^\n]*\n$/);
  }
});

test('a signal ends what waits for a reader', async () => {
  const child = spawn(process.execPath, [join(dist, 'cli.js'), 'compress', 'big', '--effort', 'fast', '-o', '-'], {
    cwd: scratch,
  });
  try {
    // The first bytes are there, and nobody takes the others.
    await once(child.stdout, 'readable');
    child.kill('SIGINT');
    const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(20_000) });
    assert.is(code, 130);
  } finally {
    child.kill('SIGKILL');
    child.stdout.destroy();
  }
});

test('a signal removes what was begun', async () => {
  const at = folder('interrupted');
  writeFileSync(join(at, 'big'), big);
  const started = (child) => whenBegun(at, () => child.kill('SIGINT'));
  const { code } = await cli(['compress', join(at, 'big'), '--effort', 'max'], { onStart: started });
  assert.is(code, 130);
  assert.equal(readdirSync(at), ['big']);
});

test('kill -9 leaves no partial output, and the next run cleans up', async () => {
  const at = folder('killed');
  writeFileSync(join(at, 'big'), big);
  const started = (child) => whenBegun(at, () => child.kill('SIGKILL'));
  const { signal } = await cli(['compress', join(at, 'big'), '--effort', 'max'], { onStart: started });
  assert.is(signal, 'SIGKILL');
  assert.not(readdirSync(at).includes('big.tpress'));
  assert.is(readdirSync(at).length, 2, 'the temporary file is what the test is about');
  const { code, stderr } = await cli(['compress', join(at, 'big'), '--effort', 'fast']);
  assert.is(code, 0, stderr);
  assert.equal(readdirSync(at), ['big', 'big.tpress']);
  const restoring = (child) => whenBegun(at, () => child.kill('SIGKILL'));
  await cli(['decompress', join(at, 'big.tpress'), '-o', join(at, 'copy')], { onStart: restoring });
  assert.not(readdirSync(at).includes('copy'));
  assert.is((await cli(['decompress', join(at, 'big.tpress'), '-o', join(at, 'copy')])).code, 0);
  assert.equal(readdirSync(at), ['big', 'big.tpress', 'copy']);
  same(readFileSync(join(at, 'copy')), big);
});

test('kill -9 of a run that keeps what was piped in leaves no copy behind the next one', async () => {
  const at = folder('piped');
  const env = { ...process.env, TMPDIR: at };
  const args = [join(dist, 'cli.js'), 'compress', '-'];
  const killed = spawn(process.execPath, args, { env, stdio: ['pipe', 'ignore', 'ignore'] });
  // Killed, it takes no more of it.
  killed.stdin.on('error', () => {});
  killed.stdin.write(big);
  whenBegun(at, () => killed.kill('SIGKILL'));
  await once(killed, 'exit', { signal: AbortSignal.timeout(60_000) });
  assert.is(readdirSync(at).length, 1, 'the copy is what the test is about');
  mkdirSync(join(at, 'tensorpress-of-mine'));
  const { status, stderr } = spawnSync(process.execPath, [...args, '--effort', 'fast'], {
    env,
    input: big,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  assert.is(status, 0, String(stderr));
  assert.equal(readdirSync(at), ['tensorpress-of-mine']);
});

/** Calls back as soon as a temporary file is there. */
function whenBegun(at, callback) {
  const timer = setInterval(() => {
    if (!readdirSync(at).some((name) => name.endsWith('.tpress-partial'))) return;
    clearInterval(timer);
    callback();
  }, 2);
}

function smallDisk(at) {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', at], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const disk = folder('disk');
const mounted = smallDisk(disk);
(mounted ? test : test.skip)('a full disk is an error, and leaves nothing', async () => {
  try {
    writeFileSync(join(scratch, 'big'), big);
    const packed = await cli(['compress', 'big', '-o', join(disk, 'big.tpress'), '--effort', 'fast']);
    assert.is(packed.code, 1);
    assert.match(packed.stderr, /^tensorpress: io: cannot write .*ENOSPC/);
    assert.equal(readdirSync(disk), []);
    assert.is((await cli(['compress', 'big', '--effort', 'fast'])).code, 0);
    const back = await cli(['decompress', 'big.tpress', '-o', join(disk, 'back')]);
    assert.is(back.code, 1);
    assert.match(back.stderr, /^tensorpress: io: cannot write .*ENOSPC/);
    assert.equal(readdirSync(disk), []);
  } finally {
    execFileSync('umount', [disk]);
  }
});

test.run();
