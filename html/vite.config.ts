/// <reference types="vitest/config" />
import { defineConfig } from 'vite';

// The gateway serves everything in development but the sources themselves.
const gateway = 'http://127.0.0.1:8080';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // light-dark() stays as written: every browser that has <dialog> and popovers as we use them has it too.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    modulePreload: { polyfill: false },
    // Data URLs would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: { checks: { pluginTimings: false } }, // news of a busy machine only
  },
  server: { proxy: { '/api': gateway, '/raw': gateway, '/health': gateway } },
  // Styles are read by the tests of the tokens.
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'], css: true },
});
