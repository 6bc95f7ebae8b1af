import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env.FREELLMAPI_DEV_API ?? "http://127.0.0.1:3001";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // Fonts and images stay files: a data: URL would need a wider content security policy.
  build: { target: "es2022", assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false, rollupOptions: { input: ["index.html", "api-docs.html"] } },
  server: { proxy: { "/api": api, "/v1": api } },
  // The time only ends what hangs: a busy machine needs longer than the default of 5 s for what takes milliseconds.
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}", "mock/**/*.test.ts"], restoreMocks: true, testTimeout: 60_000, hookTimeout: 60_000 },
});
