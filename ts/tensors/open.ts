/** Whether bytes may be the start of an archive: a header that names the manifest first. */
export function looksLikeArchive(head: Uint8Array): boolean {
  return new TextDecoder('latin1').decode(head.subarray(8, 256)).includes('tensorpress.manifest');
}
