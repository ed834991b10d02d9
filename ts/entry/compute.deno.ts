// Deno: products with quantized weights.
import { installModule } from '../compute/load.js';
import { computeModule } from '../deno/modules.js';

installModule(computeModule);

export * from '../compute/api.js';
