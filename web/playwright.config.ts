import { defineConfig } from "@playwright/test";

// `make e2e` starts the server and says where it is and how to sign in.
export default defineConfig({
  testDir: "e2e",
  timeout: 60_000,
  workers: 1,
  use: { baseURL: process.env.AISPM_URL, launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] } },
});
