// What becomes of promises.

/** What a promise is rejected with, if it is. */
export async function caught(promise) {
  return promise.then(
    () => undefined,
    (thrown) => thrown,
  );
}

/** The outcome of what must not wait forever. */
export async function settled(promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, 5000, new Error('it does not settle'));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
