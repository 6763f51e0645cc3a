// How long a drawing waits for its answer: from the pointer's event in the browser until an answer
// to a drawing that has this stroke in it stands on the page.

import { assert, launch, MODEL, serve, watchedPage } from "./browser.mjs";

const DIGITS = 25;
const PROMISED = 50; // ms, for 99 of 100 events

const server = await serve([MODEL, "--data", "sample"]);
const browser = await launch();
const { page, faults } = await watchedPage(browser, server.url);
await page.addInitScript(() => {
  const drawn = [];
  let asked = [];
  window.delays = [];
  for (const type of ["pointerdown", "pointermove"]) {
    addEventListener(type, (event) => {
      if (event.buttons && event.target.id === "board") drawn.push(event.timeStamp);
    }, true);
  }
  const { fetch } = window;
  window.fetch = (path, ...more) => {
    if (path === "/api/draw") asked = drawn.splice(0);
    return fetch(path, ...more);
  };
  new MutationObserver(() => {
    const now = performance.now();
    window.delays.push(...asked.splice(0).map((then) => now - then));
  }).observe(document, { subtree: true, attributeFilter: ["data-drawn"] });
});
await page.goto(server.url);
await page.waitForSelector("html[data-ready]");
await page.settled();

const box = await page.locator("#board").boundingBox();
for (let digit = 0; digit < DIGITS; digit++) {
  const at = (i) => {
    const angle = digit + i * 0.3;
    return [box.x + box.width * (0.5 + 0.25 * Math.cos(angle)), box.y + box.height * (0.5 + 0.3 * Math.sin(angle + digit * 0.2))];
  };
  await page.mouse.move(...at(0));
  await page.mouse.down();
  // As fast as a screen shows it.
  for (let i = 1; i <= 20; i++) {
    await page.mouse.move(...at(i));
    await page.waitForTimeout(16);
  }
  await page.mouse.up();
  await page.settled();
  await page.click("#clear");
}
const delays = (await page.evaluate(() => window.delays)).sort((a, b) => a - b);
await browser.close();
await server.stop();
const within = (share) => delays[Math.min(delays.length - 1, Math.floor(delays.length * share))];
console.log(`${delays.length} strokes of the pointer answered: p50 ${within(0.5).toFixed(1)} ms, p99 ${within(0.99).toFixed(1)} ms, longest ${within(1).toFixed(1)} ms`);
assert(faults.length === 0, `faults: ${faults}`);
assert(delays.length >= DIGITS * 10, `only ${delays.length} strokes were answered`);
assert(within(0.99) <= PROMISED, `p99 is ${within(0.99).toFixed(1)} ms, promised are ${PROMISED}`);
