// The worker of Node, Deno and Bun for programs that only decode: one self-contained file.
import { decodingApi } from './jobs.js';
import { serveNode } from './serve-node.js';

serveNode(decodingApi);
