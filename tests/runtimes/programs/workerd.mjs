// The suite in workerd, and models of some size within its memory.
import * as full from 'tensorpress';
import * as decode from 'tensorpress/decode';
import recipe from './cloudflare.mjs';
import { check, readFixture, runSuite, sha256, tensorByRecipe } from './suite.mjs';

/** A model as large as an edge can be asked to handle. */
async function large(origin) {
  const { edge } = JSON.parse(new TextDecoder().decode(await readFixture(origin, 'fixtures.json')));
  const [file] = await decode.decompress(await readFixture(origin, edge.archive));
  check((await sha256(file.bytes)) === edge.sha256, 'the model does not come back');
}

/** A smaller one, to be compressed. */
async function small(origin) {
  const { edge } = JSON.parse(new TextDecoder().decode(await readFixture(origin, 'fixtures.json')));
  const input = [{ path: edge.small.name, data: await readFixture(origin, edge.small.name) }];
  const { bytes } = await full.compress(input);
  check((await sha256(bytes)) === edge.small.sha256, 'the archive is not that of Node');
}

const compiling = async () => {
  let thrown;
  try {
    await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
  } catch (error) {
    thrown = error;
  }
  check(thrown !== undefined, 'bytes are compiled here, so this proves nothing');
};

export default {
  async fetch(request, { ORIGIN }) {
    const { pathname } = new URL(request.url);
    try {
      if (pathname === '/suite') {
        const own = {
          'bytes cannot be compiled here': compiling,
          'the recipe gives a tensor': () => tensorByRecipe(ORIGIN, (asked) => recipe.fetch(asked, { ORIGIN })),
        };
        return Response.json(await runSuite({ full, decode, workers: false, origin: ORIGIN, own }));
      }
      if (pathname === '/large') await large(ORIGIN);
      if (pathname === '/small') await small(ORIGIN);
      return new Response('done');
    } catch (error) {
      return new Response(`${error?.stack ?? error}`, { status: 500 });
    }
  },
};
