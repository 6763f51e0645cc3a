// The page to give away (`nn-cli export --format html`): for 1,000 test images its predictions are
// those of `nn-cli predict`, and it draws, offline.

import { pathToFileURL } from "node:url";
import { assert, equal, launch, MODEL, program, serve, watchedPage } from "./browser.mjs";

const IMAGES = 1000;
const PAGE = `${MODEL}.html`;

// The test images, from the lab's server.
async function testImages() {
  const { url, stop } = await serve([MODEL, "--data", "sample"]);
  const images = [];
  while (images.length < IMAGES) {
    const answer = await fetch(`${url}api/data/images?split=test&from=${images.length}&count=100`);
    images.push(...(await answer.json()).images.map((image) => [...Buffer.from(image.pixels, "base64")]));
  }
  await stop();
  return images;
}

program(["export", MODEL, "--format", "html", "--output", PAGE, "--force"]);
const images = await testImages();
const said = program(["predict", MODEL, ...images.keys(), "--data", "sample"].map(String));
equal(said.length, IMAGES, "answers of the command line");

const browser = await launch();
const { page, faults } = await watchedPage(browser, pathToFileURL(PAGE).href);
await page.goto(pathToFileURL(PAGE).href);

// The page's own functions, on its own copy of the weights.
const outputs = await page.evaluate((all) => {
  const model = decode(JSON.parse(document.getElementById("model").textContent));
  return all.map((pixels) => predict(model, pixels));
}, images);
let furthest = 0;
outputs.forEach((confidences, i) => {
  equal(confidences.indexOf(Math.max(...confidences)), said[i].class, `class of image ${i}`);
  confidences.forEach((a, j) => { furthest = Math.max(furthest, Math.abs(a - said[i].confidences[j])); });
});
assert(furthest < 1e-5, `confidences differ by up to ${furthest}`);
console.log(`ok the page to give away: ${IMAGES} predictions equal, confidences within ${furthest.toExponential(1)}`);

const box = await page.locator("#canvas").boundingBox();
await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.2);
await page.mouse.down();
await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.8, { steps: 8 });
await page.mouse.up();
equal(await page.evaluate(() => document.body.dataset.answer), "1", "a stroke down");
equal(faults, [], "faults");
await browser.close();
