// A reader that maps a file wrongly costs compression, never bytes; and small tensors cost no call each.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { model, safetensors, weights } from './helpers/models.mjs';
import { scratch, tensorpress } from './helpers/package.mjs';

const { compress, decompress, openArchive, hooks, Codec } = tensorpress;
const good = model(100_000, 3);
const bad = model(100_000, 7);
const path = join(scratch, 'bad.safetensors');
writeFileSync(path, bad);
const same = (a, b) => assert.ok(Buffer.compare(a, b) === 0, `${a.length} bytes, expected these ${b.length}`);

/** What the engine says where a map has a tensor of file 1 four bytes too early; its unit tests see to it that it does. */
function claim(claims) {
  const at = bad.length - 400_000;
  claims.push({ file: 1, at, span: [1, at - 4, 400_000] });
}

/** Moves what the last job of file 1 reads by four bytes, as such a map would. */
function shift(groups) {
  const { spans } = groups.findLast(({ spans }) => spans.at(-1)[0] === 1);
  spans.at(-1)[1] -= 4;
}

/** Calls `work` with a hook that acts on the first attempt only; how often there was one. */
async function damaged(name, act, work) {
  let attempts = 0;
  hooks[name] = (said) => {
    attempts += 1;
    if (attempts === 1) act(said);
  };
  try {
    await work();
  } finally {
    hooks[name] = undefined;
  }
  return attempts;
}

test.after.each(() => {
  hooks.claimed = undefined;
  hooks.planned = undefined;
});

async function checkOpaque({ bytes, report }) {
  assert.is(report.files[0].format, 'safetensors');
  assert.not(report.files[0].note);
  assert.not(report.files[1].format);
  assert.match(report.files[1].note, /stored as plain bytes: the map of its tensors does not give back its bytes/);
  const files = await decompress(bytes, { verify: true });
  same(files[0].bytes, good);
  same(files[1].bytes, bad);
  const archive = await openArchive(bytes);
  assert.ok(archive.list().every(({ file }) => file === 'good.safetensors'));
  await archive.close();
}

for (const workers of [0, 2]) {
  for (const [kind, data] of Object.entries({ memory: bad, path })) {
    const input = [
      { path: 'good.safetensors', data: good },
      { path: 'bad.safetensors', data },
    ];
    test(`a wrong map is found before anything is encoded: ${kind}, ${workers} workers`, async () => {
      const attempts = await damaged('claimed', claim, async () => checkOpaque(await compress(input, { workers })));
      assert.is(attempts, 2);
    });

    test(`what goes wrong later is found by verification: ${kind}, ${workers} workers`, async () => {
      const options = { workers, verify: true };
      const attempts = await damaged('planned', shift, async () => checkOpaque(await compress(input, options)));
      assert.is(attempts, 2);
    });
  }
}

test('a file that does not come back even as plain bytes is an error', async () => {
  hooks.planned = (groups) => {
    for (const group of groups)
      if (group.raw_len > 8)
        group.spans = [
          [0, 8, group.raw_len - 8],
          [0, 0, 8],
        ];
  };
  const error = await compress(bad, { workers: 0, verify: true }).then(
    () => undefined,
    (thrown) => thrown,
  );
  assert.is(error?.code, 'internal');
  assert.match(error.message, /even as plain bytes/);
});

test('thousands of small tensors take a few calls', async () => {
  const tensors = [];
  for (let index = 0; index < 4000; index += 1) {
    tensors.push({ name: `t${index}`, dtype: 'F32', shape: [1024], bytes: weights(1024, index) });
  }
  const small = safetensors(tensors);
  const calls = { encode: 0, decode: 0 };
  const { encode_group, decode_group } = Codec.prototype;
  Codec.prototype.encode_group = function (...values) {
    calls.encode += 1;
    return encode_group.apply(this, values);
  };
  Codec.prototype.decode_group = function (...values) {
    calls.decode += 1;
    return decode_group.apply(this, values);
  };
  let alone;
  try {
    alone = await compress(small, { workers: 0 });
    const [file] = await decompress(alone.bytes, { workers: 0, verify: true });
    same(file.bytes, small);
  } finally {
    Object.assign(Codec.prototype, { encode_group, decode_group });
  }
  assert.ok(calls.encode >= 16 && calls.encode <= 20, `${calls.encode} calls to encode`);
  assert.ok(calls.decode >= 16 && calls.decode <= 20, `${calls.decode} calls to decode`);
  const { bytes } = await compress(small, { workers: 2 });
  same(bytes, alone.bytes);
  const [file] = await decompress(bytes, { workers: 2, verify: true });
  same(file.bytes, small);
});

test.run();
