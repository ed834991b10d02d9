// Sentence embeddings of all-MiniLM-L6-v2: how far a changed model's are from the original's.
import { importFrom } from '../lib/npm.mjs';
import { onnxruntime, openSession, taskPackages } from './packages.mjs';

const SENTENCES = [
  'A man is eating a piece of bread.',
  'Someone has lunch.',
  'The girl is playing the violin in the park.',
  'Interest rates were left unchanged by the central bank.',
  'Mortgages may become more expensive next year.',
  'How do I reset the password of my account?',
  'I cannot log in any more.',
  'The train from Vienna is delayed by forty minutes.',
  'Neural networks can be made much smaller with little loss.',
  'Quantization stores weights with fewer bits.',
  'Two dogs chase each other across a snowy field.',
  'The recipe calls for three eggs and a cup of flour.',
  'Photosynthesis turns light into chemical energy.',
  'She signed the contract without reading it.',
  'A storm is expected to reach the coast tonight.',
  'The museum is closed on Mondays.',
  'Yes.',
  'La biblioteca abre a las nueve de la mañana.',
  'function add(a, b) { return a + b }',
  'He ran so fast that nobody could follow him up the long, steep and muddy hill behind the old village church.',
];

async function embedAll(runtime, tokenizer, bytes) {
  const session = await openSession(runtime, bytes);
  const found = [];
  for (const sentence of SENTENCES) {
    const { ids } = tokenizer.encode(sentence);
    const tensor = (values) => new runtime.Tensor('int64', BigInt64Array.from(values.map(BigInt)), [1, ids.length]);
    const output = await session.run({
      input_ids: tensor(ids),
      attention_mask: tensor(ids.map(() => 1)),
      token_type_ids: tensor(ids.map(() => 0)),
    });
    const { data, dims } = output.last_hidden_state;
    const width = dims[2];
    const mean = new Float64Array(width);
    for (let i = 0; i < data.length; i += 1) mean[i % width] += data[i];
    const norm = Math.hypot(...mean);
    found.push(mean.map((value) => value / norm));
  }
  await session.release();
  return found;
}

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);

/**
 * Prepares the original's embeddings; the function it gives scores a model, as bytes: mean and least cosine with the
 * original's, and the largest change of a cosine between two sentences.
 */
export async function embeddingsTask(tokenizerJson, configJson, original) {
  const runtime = await onnxruntime();
  const { Tokenizer } = await importFrom(await taskPackages(), '@huggingface/tokenizers');
  const tokenizer = new Tokenizer(tokenizerJson, configJson);
  const expected = await embedAll(runtime, tokenizer, original);
  return async (bytes) => {
    const found = await embedAll(runtime, tokenizer, bytes);
    const cosines = found.map((one, i) => dot(one, expected[i]));
    let change = 0;
    for (let i = 0; i < found.length; i += 1) {
      for (let j = 0; j < i; j += 1) {
        change = Math.max(change, Math.abs(dot(found[i], found[j]) - dot(expected[i], expected[j])));
      }
    }
    return { mean: cosines.reduce((sum, c) => sum + c, 0) / cosines.length, least: Math.min(...cosines), change };
  };
}
