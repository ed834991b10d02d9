import { env, pipeline } from '@huggingface/transformers';
import { install } from 'tensorpress/transformers';

install(env);
export { env };

/** Embeds sentences with a model of the hub, or of the server that `env.remoteHost` names. */
export async function embed(model, sentences) {
  const extractor = await pipeline('feature-extraction', model, { dtype: 'fp32' });
  const embeddings = await extractor(sentences, { pooling: 'mean', normalize: true });
  await extractor.dispose();
  return embeddings.data;
}
