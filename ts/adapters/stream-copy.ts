type Bytes = Uint8Array<ArrayBuffer>;

/**
 * A stream and a copy of it. Unlike with `tee`, the copy receives nothing before the stream itself has been asked for it, so
 * that it buffers no more than its own reader lags behind. When the stream is cancelled, the copy goes on alone.
 */
export function withCopy(stream: ReadableStream<Bytes>): [ReadableStream<Bytes>, ReadableStream<Bytes>] {
  const reader = stream.getReader();
  let alone = false;
  let copying: ReadableStreamDefaultController<Bytes> | undefined;

  const step = async (main?: ReadableStreamDefaultController<Bytes>): Promise<void> => {
    try {
      const { done, value } = await reader.read();
      for (const controller of [alone ? undefined : main, copying]) {
        if (done) controller?.close();
        else controller?.enqueue(value);
      }
    } catch (error) {
      copying?.error(error);
      throw error;
    }
  };

  const copy = new ReadableStream<Bytes>({
    start(controller) {
      copying = controller;
    },
    pull: () => (alone ? step() : undefined),
    async cancel(reason) {
      copying = undefined;
      if (alone) await reader.cancel(reason);
    },
  });
  const main = new ReadableStream<Bytes>(
    {
      pull: step,
      async cancel(reason) {
        alone = true;
        if (copying) step().catch(() => {});
        else await reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
  return [main, copy];
}
