/** Path of a `file:` address: where there are files, `fetch` may not know them. */
export function pathOf(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return /^\/[a-z]:/i.test(path) ? path.slice(1) : path;
}
