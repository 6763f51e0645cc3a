// Pictures of every tab, in both themes and at a phone's size, for docs/lab.md.

import { env } from "node:process";
import { launch, MODEL, serve, watchedPage } from "./browser.mjs";

const FOLDER = env.NN_PICTURES;
const server = await serve([MODEL, "--data", env.NN_PICTURE_DATA ?? "sample"]);
const browser = await launch();

const VIEWS = [
  ["light", { width: 1280, height: 860 }, {}],
  ["dark", { width: 1280, height: 860 }, {}],
  ["phone", { width: 390, height: 844 }, { isMobile: true, hasTouch: true }],
];
// Whole pages, in Spanish too, are for the author's eyes, not for the docs.
if (env.NN_WHOLE) VIEWS.push(["spanish", { width: 1280, height: 860 }, { locale: "es" }]);

async function draw(page) {
  const box = await page.locator("#board").boundingBox();
  const points = [[0.3, 0.28], [0.45, 0.2], [0.62, 0.24], [0.66, 0.36], [0.52, 0.47], [0.66, 0.56], [0.7, 0.7], [0.55, 0.8], [0.36, 0.77]];
  const at = ([x, y]) => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(points[0]));
  await page.mouse.down();
  for (const point of points.slice(1)) await page.mouse.move(...at(point), { steps: 4 });
  await page.mouse.up();
  await page.waitForFunction(() => document.documentElement.dataset.drawn);
  await page.locator("#layers .unit").nth(5).click();
  await page.waitForSelector("#unit .working");
}

async function train(page) {
  await page.fill("#plan-epochs", "12");
  if (await page.locator("#start").isEnabled()) await page.click("#start");
  await page.waitForFunction(() => document.documentElement.dataset.training === "finished", null, { timeout: 300_000 });
  await page.waitForTimeout(1500);
}

for (const [view, viewport, more] of VIEWS) {
  const theme = view === "dark" ? "dark" : "light";
  const { page, faults } = await watchedPage(browser, server.url, { viewport, colorScheme: theme, ...more });
  await page.goto(server.url);
  await page.waitForSelector("html[data-ready]");
  for (const name of ["draw", "data", "train", "evaluate", "inside", "hints"]) {
    await page.click(`#tab-${name}`);
    if (name === "draw") await draw(page);
    if (name === "train") await train(page);
    if (name === "evaluate") {
      await page.waitForSelector("#confusion table");
      await page.waitForFunction(() => Number(document.getElementById("map").dataset.points) > 100);
      await page.click("#measure");
      await page.waitForFunction(() => document.querySelectorAll("#robustness svg").length === 3, null, { timeout: 120_000 });
    }
    if (name === "data") {
      await page.selectOption("#augment-preset", "ciresan-2010");
      await page.settled();
    }
    if (name === "inside") {
      await page.waitForSelector('[data-cell="z-3-0"]');
      await page.hover('[data-cell="z-3-3"]');
    }
    await page.waitForTimeout(1200);
    await page.evaluate(() => scrollTo(0, 0));
    if (view !== "spanish") await page.screenshot({ path: `${FOLDER}/lab-${name}-${view}.png` });
    if (env.NN_WHOLE) await page.screenshot({ path: `${env.NN_WHOLE}/${name}-${view}.png`, fullPage: true });
  }
  for (const fault of faults) console.log(`${view}: ${fault}`);
}
await browser.close();
await server.stop();
