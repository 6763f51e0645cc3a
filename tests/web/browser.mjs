// What all scripts here share: a server, a browser, a page that is watched, and the command line.

import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { env } from "node:process";

const FLAGS = [
  "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--force-color-profile=srgb",
];

// Playwright is installed below the target folder, away from these files.
const { chromium } = createRequire(`${env.NN_WEB_MODULES}/package.json`)("playwright-core");

export const PROGRAM = env.NN_PROGRAM;
export const MODEL = env.NN_MODEL;

// Runs the command line and gives the JSON it prints, one value a line.
export function program(args, input) {
  const { status, stdout, stderr } = spawnSync(PROGRAM, [...args, "--json"], { input, encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`nn-cli ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

// Starts `nn-cli serve` on a free port; resolves when it listens.
export async function serve(args) {
  const server = spawn(PROGRAM, ["serve", ...args, "--port", "0", "--json", "--quiet"], { stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    let text = "";
    server.stdout.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) resolve(JSON.parse(text.split("\n")[0]).url);
    });
    server.on("exit", (code) => reject(new Error(`nn-cli serve ended with ${code}`)));
  });
  // It ends when asked to, with 0.
  const stop = () => new Promise((resolve, reject) => {
    server.removeAllListeners("exit");
    server.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`nn-cli serve ended with ${code}`))));
    server.kill("SIGTERM");
  });
  return { url, stop, pid: server.pid };
}

export async function launch() {
  return chromium.launch({ executablePath: env.NN_CHROMIUM ?? "/usr/bin/chromium", args: FLAGS });
}

// A page on which anything untoward is noted: errors in the console, exceptions, requests to
// anywhere but `url`.
export async function watchedPage(browser, url, options = {}) {
  const context = await browser.newContext({ locale: "en", viewport: { width: 1400, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`exception: ${error.stack ?? error}`));
  page.on("requestfailed", (request) => {
    // Streams are broken off when a tab is left.
    if (!request.url().endsWith("/events")) faults.push(`failed: ${request.url()} ${request.failure()?.errorText}`);
  });
  // For work on the page: its files are taken from here instead of from the program.
  if (env.NN_ASSETS) {
    await page.route(/\/(\w+\.(js|css|svg))?(#.*)?$/, async (route) => {
      const name = new URL(route.request().url()).pathname.slice(1) || "index.html";
      const response = await route.fetch();
      await route.fulfill({ response, body: readFileSync(`${env.NN_ASSETS}/${name}`) });
    });
  }
  // Requests without an answer yet; streams have none.
  const pending = new Set();
  page.on("request", (request) => {
    if (!request.url().endsWith("/events")) pending.add(request);
    const known = [url, "data:", "blob:"].some((start) => request.url().startsWith(start));
    if (!known) faults.push(`external request: ${request.url()}`);
  });
  for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => pending.delete(request));
  // Waits until nothing has been asked for a while.
  page.settled = async () => {
    for (let quiet = 0; quiet < 6; quiet += 1) {
      await page.waitForTimeout(30);
      if (pending.size > 0) quiet = -1;
    }
  };
  return { page, faults, context };
}

export function assert(condition, message) {
  if (!condition) throw new Error(message);
}

export function equal(found, expected, what) {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  assert(a === b, `${what}: expected ${b}, found ${a}`);
}
