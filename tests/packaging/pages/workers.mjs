// A page that says whether both entries do their work, with how many workers, and what they warn of. Its address says where
// the package is (`package`), and what the workers' scripts are (`worker`, of either entry).
const asked = new URLSearchParams(location.search);
const same = (a, b) => a.length === b.length && a.every((byte, index) => byte === b[index]);

async function run(name, worker, warnings) {
  const { compress, createPool, decompress, init } = await import(`${asked.get('package')}/${name}.browser.js`);
  if (asked.has('worker')) await init({ workerUrl: asked.get('worker').replace('*', worker) });
  const archive = new Uint8Array(await (await fetch('./model.tpress')).arrayBuffer());
  const pool = createPool({ workers: 2 });
  const [file] = await decompress(archive, { pool, verify: true });
  const data = file.bytes;
  const whole = compress === undefined || same((await compress([{ path: file.path, data }], { pool })).bytes, archive);
  return { whole, workers: pool.running, warnings };
}

export async function main() {
  const warnings = [];
  console.warn = (text) => warnings.push(text);
  try {
    return [await run('index', 'worker', warnings), await run('decode', 'worker.decode', warnings)];
  } catch (error) {
    return `${error?.stack ?? error}`;
  }
}

if (globalThis.document) {
  document.querySelector('#result').textContent = JSON.stringify(await main());
} else {
  const answer = async (port) => port.postMessage(JSON.stringify(await main()));
  if ('onconnect' in globalThis) globalThis.onconnect = ({ ports: [port] }) => answer(port);
  else answer(globalThis);
}
