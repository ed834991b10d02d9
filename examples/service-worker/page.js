const show = (id, text) => {
  document.querySelector(`#${id}`).textContent = text;
};
const bytes = (count) => `${count.toLocaleString('en')} bytes`;

/** Registers the service worker, a copy of node_modules/tensorpress/dist/service-worker.js beside this page. */
async function start() {
  if (!('serviceWorker' in navigator)) throw new Error('no service workers in this browser or window');
  await navigator.serviceWorker.register('./service-worker.js');
  await navigator.serviceWorker.ready;
  if (navigator.serviceWorker.controller) return;
  await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }));
}

try {
  await start();
  const response = await fetch('./model.onnx'); // an ordinary request, as any library makes it
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  const size = Number(response.headers.get('content-length'));
  const parts = [];
  let done = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done: ended, value } = await reader.read();
    if (ended) break;
    parts.push(value);
    done += value.length;
    document.querySelector('#progress').value = done / size;
    show('unpacked', bytes(done));
  }
  const hash = await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer());
  const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const archive = await fetch('./model.onnx.tpress', { method: 'HEAD' });
  show('downloaded', bytes(Number(archive.headers.get('content-length'))));
  show('result', `SHA-256 ${hex}`);
} catch (error) {
  show('result', `failed: ${error.message}`);
}
