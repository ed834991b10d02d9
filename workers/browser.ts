// The worker of browsers: one self-contained file.
import { wholeApi } from './api.js';
import { serveWeb } from './serve-web.js';

serveWeb(wholeApi);
