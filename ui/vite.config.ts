/**
 * Owns how the pages are built. In mode `mock` alone (`npm run dev`) Tauri's API is replaced by the pretended
 * backend in `dev/`; a production build never sees that folder.
 */
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { PluginOption } from 'vite';
import { defineConfig } from 'vitest/config';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(async ({ mode }) => {
  const mock = mode === 'mock';
  const alias: Record<string, string> = mock
    ? {
        '@tauri-apps/api/core': at('./dev/mock/core.ts'),
        '@tauri-apps/api/event': at('./dev/mock/event.ts'),
      }
    : {};
  const plugins: PluginOption[] = [react()];
  if (mock) plugins.push((await import('./dev/server.ts')).mockServer());
  return {
    plugins,
    clearScreen: false,
    server: { port: 5173, strictPort: true, host: '127.0.0.1' },
    resolve: { alias },
    build: {
      // WebKitGTK 2.46, WKWebView 16.4 and WebView2 all have it.
      target: ['es2022', 'safari16.4'],
      assetsInlineLimit: 0,
      // Where it is missing nothing is preloaded: the policy (connect-src) would refuse the polyfill's fetch.
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 600,
    },
    worker: { format: 'es' as const },
    test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'], testTimeout: 60_000 },
  };
});
