/** A stream that asks for its chunks one by one; `stop` runs once, when it ends, fails or is cancelled. */
export function pullStream(
  next: () => Promise<Uint8Array | undefined>,
  stop: (reason?: unknown) => Promise<void> | void,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const chunk = await next();
          if (chunk !== undefined) {
            controller.enqueue(chunk);
            return;
          }
          await stop();
          controller.close();
        } catch (error) {
          await stop(error);
          throw error;
        }
      },
      async cancel(reason) {
        await stop(reason);
      },
    },
    // Nothing is made before somebody asks for it.
    { highWaterMark: 0 },
  );
}
