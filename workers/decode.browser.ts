// The worker of browsers for programs that only decode: one self-contained file.
import { decodingApi } from './jobs.js';
import { serveWeb } from './serve-web.js';

serveWeb(decodingApi);
