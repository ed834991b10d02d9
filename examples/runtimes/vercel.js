import { openArchive } from 'tensorpress/decode';

export const config = { runtime: 'edge' };

/** Gives one tensor of the site's model: ?tensor=encoder.weight. Only the blocks that hold it are downloaded. */
export default async function handler(request) {
  const name = new URL(request.url).searchParams.get('tensor');
  const archive = await openArchive(new URL('/model.tpress', request.url));
  const { bytes } = await archive.tensor(name);
  await archive.close();
  return new Response(bytes);
}
