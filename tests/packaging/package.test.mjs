// The package as `npm pack` makes it: what its types say to strict programs, and where its documents lead.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { walk } from '../../scripts/lib/files.mjs';
import { inRoot } from '../../scripts/lib/paths.mjs';
import { attempt, run } from '../../scripts/lib/run.mjs';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

// Elsewhere than the project: its node_modules are nobody's else.
const folder = mkdtempSync(join(tmpdir(), 'tensorpress-types-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const installed = join(folder, 'node_modules', 'tensorpress');
mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true });
mkdirSync(installed);
await run(npm, ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { cwd: inRoot() });
const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'));
await run('tar', ['-xzf', join(folder, tarball), '-C', installed, '--strip-components', '1']);
for (const name of ['@types/node', 'undici-types']) {
  symlinkSync(inRoot('node_modules', ...name.split('/')), join(folder, 'node_modules', ...name.split('/')), 'junction');
}
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');

/** Nothing here is run; what must not be allowed is marked as an error that is expected. */
const PROGRAM = `
import { compress, createPool, decompress, decompressStream, diff, inspect, openArchive, type CompressOptions,
  type DecompressOptions, type Input, type Recipe, type RecipeStep } from 'tensorpress';
import * as decode from 'tensorpress/decode';
import * as inline from 'tensorpress/inline';
import { init, Int8Matrix } from 'tensorpress/compute';
import { createFetch } from 'tensorpress/fetch';
import { loadModel } from 'tensorpress/onnxruntime';
import { serve } from 'tensorpress/service-worker';
import { fromArchive } from 'tensorpress/tfjs';
import { install } from 'tensorpress/transformers';

export async function outputs(input: Input, room: Uint8Array<ArrayBuffer>) {
  const made = [
    (await compress(input)).bytes,
    (await compress(input, { output: { into: room } })).bytes,
    new Uint8Array(await (await compress(input, { output: 'blob' })).blob.arrayBuffer()),
  ];
  const { stream } = await compress(input, { output: 'stream' });
  const written: string = (await compress(input, { output: { path: 'x' }, force: true })).path;
  for await (const { path, size, stream: content } of decompressStream(stream)) console.log(path, size, content.locked);
  for (const { bytes } of await decompress(made[0]!)) console.log(bytes.length);
  for (const { bytes } of await decompress(made[0]!, { output: { into: room } })) console.log(bytes.length);
  for (const { bytes } of await decompress(written, { output: { into: ({ path, size }) => new Uint8Array(size + path.length) } })) {
    console.log(bytes.length);
  }
  for (const { blob } of await decompress(made[0]!, { output: 'blob' })) console.log(blob.size);
  for (const { file } of await decode.decompress(made[0]!, { output: { path: 'x' } })) console.log(file);
  // @ts-expect-error: bytes were not asked for
  for (const { bytes } of await decompress(made[0]!, { output: 'blob' })) console.log(bytes);
  const options: CompressOptions & DecompressOptions = { workers: 'auto', onProgress: ({ done, total }) => console.log(done / total) };
  for (const found of await decompress(made[0]!, options)) if ('bytes' in found) console.log(found.bytes.length);
}

export async function others(input: Input) {
  const steps: RecipeStep[] = [{ quantize: { bits: 4, group: 64, zeros: 'f16' } }, { rate: {} }];
  const recipe: Recipe = { preset: 'balanced', rules: [{ match: { name: '*', rank: { min: 4 } }, chain: steps, weight: 2 }] };
  const pool = createPool({ workers: 1 });
  console.log((await compress(input, { recipe, pool, signal: AbortSignal.timeout(1) })).report.quality?.sqnr);
  const archive = await openArchive(new URL('https://example.org/'));
  console.log((await archive.tensor('w')).toFloats()[0], (await inspect(input)).files, (await diff(input, input)).equal);
  await init();
  new Int8Matrix({ rows: 1, columns: 1, codes: new Int8Array(1), scales: new Float32Array(1) }).multiply(new Float32Array(1));
  const { externalData } = await loadModel('x', { external: 'bytes' });
  console.log(externalData[0]?.data.length, fromArchive('x').load, createFetch({ match: /x/g }), inline.compress);
  install({ fetch })();
  serve({ claim: false });
}
`;
writeFileSync(join(folder, 'program.ts'), PROGRAM);

/** The same of what comes from Node. */
const NODE_PROGRAM = `
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { compress, decompress } from 'tensorpress';

export async function inputs(body: Response['body']) {
  await compress(await readFile('x'));
  await compress(Readable.toWeb(process.stdin));
  await compress([{ path: 'x', data: Readable.toWeb(process.stdin) }]);
  if (body) await decompress(body, { output: { into: Buffer.alloc(9) } });
  // @ts-expect-error: what it holds is no bytes
  await compress(new ReadableStream<string>());
}
`;
writeFileSync(join(folder, 'node.ts'), NODE_PROGRAM);

/** What the platform's types come from: of browsers and of Node together, or of one of them. */
const PLATFORMS = {
  browsers: { lib: ['es2022', 'dom'], types: [] },
  workers: { lib: ['es2022', 'webworker'], types: [] },
  'browsers and Node': { lib: ['es2022', 'dom'], types: ['node'] },
  Node: { lib: ['es2022'], types: ['node'] },
};

for (const [module, moduleResolution] of [
  ['node16', 'node16'],
  ['es2022', 'bundler'],
]) {
  for (const [platform, { lib, types }] of Object.entries(PLATFORMS)) {
    const files = types.length > 0 ? ['program.ts', 'node.ts'] : ['program.ts'];
    test(`strict programs compile: ${moduleResolution}, with types of ${platform}`, async () => {
      const strict = { strict: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true };
      const target = { target: 'es2022', lib, module, moduleResolution, types, skipLibCheck: false, noEmit: true };
      const config = { compilerOptions: { ...strict, ...target }, files };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
      const compiler = inRoot('node_modules', 'typescript', 'bin', 'tsc');
      const { ok, output } = await attempt(process.execPath, [compiler, '-p', folder]);
      assert.ok(ok, output);
    });
  }
}

test('source maps bring the sources, which the package does not hold otherwise', () => {
  const maps = walk(join(installed, 'dist')).filter((file) => file.endsWith('.map'));
  assert.ok(maps.length > 20);
  for (const file of maps) {
    const { sources, sourcesContent } = JSON.parse(readFileSync(file, 'utf8'));
    assert.ok(sources.length > 0, file);
    assert.ok(
      sources.every((_, index) => sourcesContent?.[index]),
      `${relative(installed, file)} lacks sources`,
    );
  }
});

test('documents lead to files that are there', () => {
  const documents = walk(installed).filter((file) => file.endsWith('.md'));
  assert.ok(documents.length > 10);
  for (const file of documents) {
    for (const [, link] of readFileSync(file, 'utf8').matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)) {
      assert.ok(existsSync(join(dirname(file), link)), `${relative(installed, file)} leads to ${link}`);
    }
  }
});

test.run();
