import { openArchive } from 'tensorpress/decode';

export default {
  /** Gives one tensor of a model: ?tensor=encoder.weight. Only the blocks that hold it are downloaded. */
  async fetch(request, { ORIGIN }) {
    const name = new URL(request.url).searchParams.get('tensor');
    const archive = await openArchive(new URL('/model.tpress', ORIGIN));
    const { bytes } = await archive.tensor(name);
    await archive.close();
    return new Response(bytes);
  },
};
