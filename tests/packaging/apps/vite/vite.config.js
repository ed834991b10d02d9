import { defineConfig } from 'vite';

export default defineConfig({
  build: { target: 'es2022' },
  // The development server would bundle the package into one file, away from its modules and its worker.
  optimizeDeps: { exclude: ['tensorpress'] },
});
