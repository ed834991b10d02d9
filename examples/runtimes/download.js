import { decompressStream } from './node_modules/tensorpress/dist/decode.browser.js';

const show = (text) => {
  document.querySelector('#result').textContent = text;
};
const onProgress = ({ done, total }) => {
  document.querySelector('#progress').value = done / total;
};

/** Downloads an archive and unpacks its files, the first of them while the others are still on their way. */
async function load(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const files = [];
  for await (const { path, stream } of decompressStream(response.body, { onProgress })) {
    files.push(new File([await new Response(stream).blob()], path));
  }
  return files;
}

try {
  const files = await load('./model.tpress');
  show(files.map(({ name, size }) => `${name}: ${size} bytes`).join(', '));
} catch (error) {
  show(`failed: ${error.message}`);
}
