import { decompressStream, TensorpressError } from 'tensorpress/decode';
import { requestedRange, sliceStream } from './range.js';

/** Options of `unpackResponse`. */
export interface UnpackOptions {
  /** Which file is wanted of an archive that holds several: its path, or the end of it. */
  file?: string | undefined;
  /** A `Range` header, answered as a server would that holds the unpacked file. */
  range?: string | null | undefined;
  /** Worker threads, as in `decompressStream`. */
  workers?: number | 'auto' | undefined;
  /** Aborts the download and the decoding. */
  signal?: AbortSignal | undefined;
  /** Called if the archive turns out to be damaged, even if that shows only while the body is read. */
  onDamage?: (() => void) | undefined;
}

const TYPES: Record<string, string> = { json: 'application/json', txt: 'text/plain; charset=utf-8' };

/** Whether it is the archive that is to blame for an error: another copy of it may be whole. */
export function isDamage(error: unknown): boolean {
  return error instanceof TensorpressError && ['corrupt', 'truncated', 'limit'].includes(error.code);
}

/** Whether a file of an archive is the one that was asked for: by its path, or the end of it. */
function isWanted(path: string, wanted: string | undefined): boolean {
  return path === wanted || path.endsWith(`/${wanted}`);
}

/**
 * Turns a response with a `.tpress` archive into the response that the original file would have had. Its body yields the
 * first bytes before the whole archive has arrived; `content-length` is the original's.
 *
 * Errors of the archive (`TensorpressError`) reject the promise, or the body where they show up later.
 */
export async function unpackResponse(response: Response, options: UnpackOptions = {}): Promise<Response> {
  if (!response.ok || response.body === null) return response;
  const { file, workers, signal, onDamage } = options;
  const files = decompressStream(response.body, { workers, signal });
  const failed = (error: unknown): unknown => {
    if (signal?.aborted) return signal.reason;
    if (isDamage(error)) onDamage?.();
    return error;
  };
  const others: string[] = [];
  for (;;) {
    const { done, value } = await files.next().catch((error: unknown) => {
      throw failed(error);
    });
    if (done) {
      const found = others.join(', ') || 'none';
      const detail = `expected a file ${JSON.stringify(file)} in the archive, found ${found}`;
      throw new TensorpressError('invalid-option', `${response.url || 'the response'}: ${detail}`);
    }
    if (value.files > 1 && !isWanted(value.path, file)) {
      // What is not taken is skipped when the next file is asked for.
      others.push(value.path);
      continue;
    }
    const extension = value.path.slice(value.path.lastIndexOf('.') + 1).toLowerCase();
    const headers = new Headers({
      'content-type': TYPES[extension] ?? 'application/octet-stream',
      'accept-ranges': 'bytes',
    });
    for (const name of ['etag', 'last-modified', 'cache-control']) {
      const found = response.headers.get(name);
      if (found !== null) headers.set(name, found);
    }
    const range = requestedRange(options.range ?? null, value.size);
    if (range === 'unsatisfiable') {
      await files.return(undefined);
      headers.set('content-range', `bytes */${value.size}`);
      return new Response(null, { status: 416, headers });
    }
    const { start, end } = range ?? { start: 0, end: value.size };
    headers.set('content-length', String(end - start));
    if (range) headers.set('content-range', `bytes ${start}-${end - 1}/${value.size}`);
    const whole = endingWith(value.stream, () => files.return(undefined), failed);
    const body = range ? sliceStream(whole, range) : whole;
    return new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>, { status: range ? 206 : 200, headers });
  }
}

/** The same stream; `close` is called when it has ended, failed or been cancelled, and `failed` says what it fails with. */
function endingWith(
  stream: ReadableStream<Uint8Array>,
  close: () => Promise<unknown>,
  failed: (error: unknown) => unknown,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  const quietly = (): Promise<unknown> => close().catch(() => {});
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await reader.read();
          if (!done) {
            controller.enqueue(value);
            return;
          }
          await quietly();
          controller.close();
        } catch (error) {
          await quietly();
          throw failed(error);
        }
      },
      async cancel(reason) {
        await reader.cancel(reason).catch(() => {});
        await quietly();
      },
    },
    { highWaterMark: 0 },
  );
}
