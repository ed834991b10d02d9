// The worker of Node, Deno and Bun: one self-contained file.
import { wholeApi } from './api.js';
import { serveNode } from './serve-node.js';

serveNode(wholeApi);
