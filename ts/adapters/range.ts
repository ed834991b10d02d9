/** A byte range of a file: from `start` to `end`, the latter not included. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * The range that a request's `Range` header asks of a file of `size` bytes; nothing where there is no header of one
 * range (the whole file is then a right answer), `'unsatisfiable'` where it lies beyond the file.
 */
export function requestedRange(header: string | null, size: number): ByteRange | 'unsatisfiable' | undefined {
  const found = header?.match(/^bytes=(\d*)-(\d*)$/i);
  if (!found) return undefined;
  const [, first = '', last = ''] = found;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Number(last);
    return length === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - length), end: size };
  }
  const start = Number(first);
  const end = last === '' ? size : Math.min(size, Number(last) + 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}

/** The bytes of a stream that lie in a range; what follows them is not asked for. */
export function sliceStream(stream: ReadableStream<Uint8Array>, { start, end }: ByteRange): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  let position = 0;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            return;
          }
          const part = value.subarray(Math.max(0, start - position), Math.max(0, end - position));
          position += value.length;
          if (part.length > 0) controller.enqueue(part);
          if (position >= end) {
            controller.close();
            await reader.cancel().catch(() => {});
            return;
          }
          if (part.length > 0) return;
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
