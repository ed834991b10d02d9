// The suite in a page. `window.outcomes` is what came of it.
import { check, collect, readFixture, runSuite, sha256 } from './suite.mjs';

const isolated = location.search.includes('isolated');

/** Through a file of the origin's private file system: from a stream into it, and out of it as a File. */
async function throughPrivateFiles(full) {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle('model.safetensors', { create: true });
  const { models } = JSON.parse(new TextDecoder().decode(await readFixture(location.origin, 'fixtures.json')));
  const large = models.find(({ name }) => name === 'large.safetensors');
  const { body } = await fetch(`${location.origin}/fixtures/large.tpress`);
  for await (const { stream } of full.decompressStream(body)) await stream.pipeTo(await handle.createWritable());
  const file = await handle.getFile();
  check((await sha256(await file.arrayBuffer())) === large.sha256, 'the file is not the model');
  const { stream } = await full.compress(file, { output: 'stream' });
  check((await sha256(await collect(stream))) === (await sha256((await full.compress(file)).bytes)), 'the archive');
  await root.removeEntry('model.safetensors');
}

async function hasPrivateFiles() {
  try {
    const root = await navigator.storage.getDirectory();
    const handle = await root.getFileHandle('probe', { create: true });
    await root.removeEntry('probe');
    return typeof handle.createWritable === 'function';
  } catch {
    return false;
  }
}

async function main() {
  const [full, decode] = await Promise.all([import('/import/main'), import('/import/decode')]);
  const inline = isolated ? await import('/import/inline') : undefined;
  const own = {
    [`the page is ${isolated ? '' : 'not '}cross-origin isolated`]: async () => {
      check(crossOriginIsolated === isolated, `crossOriginIsolated is ${crossOriginIsolated}`);
    },
  };
  const files = await hasPrivateFiles();
  if (files) own['files of the private file system'] = () => throughPrivateFiles(full);
  const outcomes = await runSuite({ full, decode, inline, workers: true, origin: location.origin, own });
  return { outcomes, files };
}

main().then(
  (result) => {
    window.result = result;
  },
  (error) => {
    window.result = { outcomes: [{ name: 'the page loads', error: `${error?.stack ?? error}` }], files: false };
  },
);
