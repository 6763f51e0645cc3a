// The lab in a real browser: drawing, teaching, training, looking; large and small.

import { assert, equal, launch, MODEL, program, serve, watchedPage } from "./browser.mjs";

const TABS = ["draw", "data", "train", "evaluate", "inside", "hints"];
const CLASSES = 10;
const BRUSH = 10;

const server = await serve([MODEL, "--data", "sample"]);
const browser = await launch();
const { url } = server;

async function open(options) {
  const watched = await watchedPage(browser, url, options);
  await watched.page.goto(url);
  await watched.page.waitForSelector("html[data-ready]");
  return watched;
}

async function tab(page, name) {
  await page.click(`#tab-${name}`);
  await page.waitForSelector(`#panel-${name}:not([hidden])`);
}

// Draws an image by strokes of the pointer, row by row; gives the last answer.
async function draw(page, pixels) {
  await page.click("#clear");
  await page.locator("#brush").evaluate((slider, width) => {
    slider.value = String(width);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
  }, BRUSH);
  await page.locator("#board").scrollIntoViewIfNeeded();
  const box = await page.locator("#board").boundingBox();
  const at = (index) => (index + 0.5) * (box.width / 28);
  const answered = { last: null };
  const listen = async (response) => {
    if (response.url().endsWith("/api/draw")) answered.last = await response.json().catch(() => answered.last);
  };
  page.on("response", listen);
  for (let row = 0; row < 28; row++) {
    let start = -1;
    for (let column = 0; column <= 28; column++) {
      const lit = column < 28 && pixels[row * 28 + column] > 127;
      if (lit && start < 0) start = column;
      if (!lit && start >= 0) {
        await page.mouse.move(box.x + at(start), box.y + at(row));
        await page.mouse.down();
        await page.mouse.move(box.x + at(column - 1), box.y + at(row));
        await page.mouse.up();
        start = -1;
      }
    }
  }
  await page.settled();
  page.off("response", listen);
  return answered.last;
}

const answer = (page) => page.locator("#answer").textContent();

async function testImages(page) {
  const chosen = [];
  for (let label = 0; label < CLASSES; label++) {
    const { images } = await page.evaluate((c) => fetch(`/api/data/images?split=test&class=${c}&count=12`).then((r) => r.json()), label);
    // The command line is asked first: the first image of the class it recognises surely.
    const sure = images.find(({ index }) => {
      const [said] = program(["predict", MODEL, String(index), "--data", "sample"]);
      return said.class === label && said.confidences[label] > 0.9;
    });
    assert(sure, `no sure image of class ${label}`);
    chosen.push({ ...sure, pixels: [...Buffer.from(sure.pixels, "base64")] });
  }
  return chosen;
}

async function everyTabOpens() {
  const { page, faults, context } = await open();
  for (const name of TABS) {
    await tab(page, name);
    await page.settled();
  }
  // By keyboard, and in Spanish.
  await page.focus("#tab-hints");
  await page.keyboard.press("ArrowRight");
  equal(await page.getAttribute("#tab-draw", "aria-selected"), "true", "the tab after the last");
  await page.click("#language");
  await page.waitForFunction(() => document.getElementById("tab-draw").textContent === "Dibujar");
  await page.settled();
  const untranslated = await page.evaluate(() => document.body.innerText.match(/\b[a-z]+_[a-z_]+\b/g));
  equal(untranslated, null, "words that are not in the dictionary");
  equal(faults, [], "faults");
  await context.close();
}

async function drawnDigitsAreClassifiedAsByTheCommandLine() {
  const { page, faults, context } = await open();
  const delays = [];
  for (const { label, pixels } of await testImages(page)) {
    const seen = await draw(page, pixels);
    equal(await answer(page), String(label), `the drawn ${label}`);
    // The very picture the network saw, given to the command line: the same numbers.
    const text = [...Buffer.from(seen.pixels, "base64")].join(" ");
    const [said] = program(["predict", MODEL, "-", "--raw"], text);
    equal(said.class, seen.answer.class, `class of the drawn ${label}`);
    equal(said.confidences.map(Math.fround), seen.answer.confidences.map(Math.fround), `confidences of the drawn ${label}`);
    delays.push(...await page.evaluate(() => performance.getEntriesByType("resource").filter((e) => e.name.endsWith("/api/draw")).map((e) => e.duration)));
    await page.evaluate(() => performance.clearResourceTimings());
  }
  delays.sort((a, b) => a - b);
  console.log(`  answers while drawing: median ${delays[delays.length >> 1].toFixed(1)} ms, 99 % within ${delays[Math.floor(delays.length * 0.99)].toFixed(1)} ms (${delays.length} answers)`);
  equal(faults, [], "faults");
  await context.close();
}

async function teachingChangesTheAnswerAndUndoRestoresIt() {
  const { page, faults, context } = await open();
  const [, , three] = await testImages(page);
  await draw(page, three.pixels);
  const before = await page.locator("#confidences").textContent();
  await page.selectOption("#teach-class", "8");
  await page.click("#teach");
  await page.waitForFunction(() => document.documentElement.dataset.drawn === "8");
  equal(await page.locator("#edits li").count(), 1, "edits");
  await page.waitForFunction(() => document.getElementById("effect").textContent.includes("→"));
  await page.click("#undo-all");
  await page.waitForFunction((text) => document.getElementById("confidences").textContent === text, before);
  equal(await page.locator("#edits li").count(), 0, "edits after undo");
  // A unit: its sum, and off.
  await page.locator("#layers .unit").nth(3).click();
  await page.waitForSelector("#unit .working");
  assert((await page.locator("#unit").textContent()).includes("z ="), "the unit's sum");
  await page.click("#switch-off");
  await page.waitForFunction(() => document.querySelectorAll("#edits li").length === 1);
  await page.click("#undo");
  await page.waitForFunction(() => document.querySelectorAll("#edits li").length === 0);
  equal(faults, [], "faults");
  await context.close();
}

// Starts a training that goes on until it is stopped.
async function startTraining(page) {
  await tab(page, "train");
  await page.fill("#plan-hidden", "20");
  await page.fill("#plan-epochs", "10000");
  await page.click("#start");
  await phase(page, "running");
}

const phase = (page, name) => page.waitForFunction((wanted) => document.documentElement.dataset.training === wanted, name);

// Whatever a test did, nothing runs and nothing is changed for those after it.
async function endTraining() {
  const ask = (path, options) => fetch(new URL(path, url), options);
  const post = (path) => ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: "{}" });
  const runs = async () => ["running", "paused"].includes((await ask("/api/train").then((r) => r.json())).phase);
  if (await runs()) await post("/api/train/stop");
  while (await runs()) await new Promise((done) => setTimeout(done, 20));
  await post("/api/model/restore");
}

async function liveTrainingDrawsCurvesAndObeys() {
  const { page, faults, context } = await open();
  try {
    await startTraining(page);
    await page.waitForFunction(() => {
      const curves = [...document.querySelectorAll("#panel-train .chart path")];
      return curves.filter((path) => path.getAttribute("d").length > 60).length >= 3;
    });
    await page.locator("#learning-rate").evaluate((slider) => {
      slider.value = "-1";
      slider.dispatchEvent(new Event("change", { bubbles: true }));
    });
    await page.waitForFunction(() => fetch("/api/train").then((r) => r.json()).then((state) => state.params.learning_rate === 0.1));
    await page.selectOption("#train-augment", "simard-2003");
    await page.waitForFunction(() => fetch("/api/train").then((r) => r.json()).then((state) => state.params.augment === "simard-2003"));
    assert(await page.locator("#train-shift").isDisabled(), "knobs that a published set overrules");
    await page.click("#pause");
    await phase(page, "paused");
    const place = await page.locator("#place").textContent();
    await page.click("#step");
    await page.waitForFunction((text) => document.getElementById("place").textContent !== text, place);
    // A picture for each unit, with one of the next reports of training.
    await page.waitForFunction(() => document.querySelectorAll("#looks-for canvas").length === 20);
    await page.click("#stop");
    await phase(page, "stopped");
    await tab(page, "hints");
    await page.waitForFunction(() => document.getElementById("hint-list").textContent.length > 5);
  } finally {
    await endTraining();
  }
  equal(faults, [], "faults");
  await context.close();
}

// The answer to a command may arrive after the event that tells what became of it.
async function aLateAnswerDoesNotHideWhatHasHappenedSince() {
  const { page, faults, context } = await open();
  try {
    await startTraining(page);
    for (const [command, after] of [["pause", "paused"], ["stop", "stopped"]]) {
      // What the server said before it obeyed, late.
      const early = await page.evaluate(() => fetch("/api/train").then((r) => r.text()));
      const obeyed = page.waitForFunction((wanted) => document.documentElement.dataset.training === wanted, after);
      await page.route(`**/api/train/${command}`, async (route) => {
        const response = await route.fetch();
        await obeyed;
        await route.fulfill({ response, body: early });
      });
      const answered = page.waitForResponse(`**/api/train/${command}`);
      await page.click(`#${command}`);
      await (await answered).finished();
      await page.settled();
      equal(await page.getAttribute("html", "data-training"), after, `what is shown after ${command}`);
    }
  } finally {
    await endTraining();
  }
  equal(faults, [], "faults");
  await context.close();
}

// Layers with more units than are shown at once.
async function everyUnitCanBeLookedAt() {
  const { page, faults, context } = await open();
  const turn = async (within) => page.locator(`${within} .pager button`).nth(1).click();
  const names = (where) => page.evaluate((selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent), where);
  try {
    await tab(page, "train");
    await page.fill("#plan-hidden", "250");
    await page.fill("#plan-epochs", "1");
    await page.click("#start");
    await phase(page, "finished");
    await page.waitForFunction(() => document.querySelectorAll("#looks-for canvas").length === 100);
    for (let turned = 1; turned <= 2; turned++) {
      await turn("#panel-train");
      await page.waitForFunction((from) => document.getElementById("looks-for").dataset.from === String(from), 100 * turned);
    }
    const last = await names("#looks-for .tile span");
    equal([last.length, last[0], last.at(-1)], [50, "200", "249"], "units on the last page");
    await tab(page, "draw");
    await page.click("#random");
    await page.waitForFunction(() => document.documentElement.dataset.drawn);
    await turn("#layers");
    equal(await page.locator("#layers > div:first-child .unit").count(), 50, "cells on the second page");
    await page.locator("#layers .unit").nth(49).click();
    await page.waitForFunction(() => document.querySelector("#unit h3")?.textContent.includes("249"));
    assert((await page.locator("#layers .unit").nth(49).getAttribute("title")).startsWith("unit 249: a ="), "the unit's own number");
    await tab(page, "inside");
    await page.waitForSelector('[data-cell="z-2-0"]');
    await turn("#phases");
    await turn("#phases");
    await page.hover('[data-cell="z-2-249"]');
    await page.waitForSelector('[data-cell="z-2-249"].lit');
  } finally {
    await endTraining();
  }
  equal(faults, [], "faults");
  await context.close();
}

async function augmentationIsShownByKnobsAndByName() {
  const { page, faults, context } = await open();
  await tab(page, "data");
  const picture = () => page.locator("#augmented canvas").nth(1).evaluate((canvas) => canvas.toDataURL()).catch(() => null);
  await page.waitForSelector("#augmented canvas");
  await page.settled();
  let before = await picture();
  const changes = [
    () => page.locator("#augment-rotation").fill("40"),
    () => page.selectOption("#augment-preset", "ciresan-2010"),
    () => page.selectOption("#augment-preset", ""),
  ];
  for (const [i, change] of changes.entries()) {
    await change();
    await page.settled();
    const after = await picture();
    assert(after && after !== before, `the preview after change ${i}`);
    before = after;
  }
  await page.check("#augment-rotation_or_shear");
  await page.settled();
  equal(faults, [], "faults");
  await context.close();
}

async function mistakesMapAndCellsAreShown() {
  const { page, faults, context } = await open();
  await tab(page, "evaluate");
  await page.waitForSelector("#confusion table");
  await page.waitForFunction(() => Number(document.getElementById("map").dataset.points) > 100);
  assert(await page.locator("#worst .tile").count() > 3, "mistakes");
  const box = await page.locator("#map").boundingBox();
  await page.locator("#map").scrollIntoViewIfNeeded();
  const middle = await page.locator("#map").boundingBox();
  for (let i = 0; i < 40 && await page.locator("#tip").isHidden(); i++) {
    await page.mouse.move(middle.x + box.width * (0.2 + 0.015 * i), middle.y + box.height * (0.3 + 0.01 * i));
    await page.waitForTimeout(30);
  }
  assert(await page.locator("#tip canvas").count() === 1, "the image under the pointer");
  await tab(page, "inside");
  await page.waitForSelector('[data-cell="z-3-0"]');
  await page.hover('[data-cell="z-3-4"]');
  await page.waitForSelector('[data-cell="z-3-4"].lit');
  assert(await page.locator(".cell.fed").count() > 3, "what feeds it lights up");
  await page.hover('[data-cell="delta-2-1"]');
  await page.waitForSelector('[data-cell="back-2-1"].fed');
  equal(faults, [], "faults");
  await context.close();
}

async function aPhoneShowsEverythingAndDraws() {
  const { page, faults, context } = await open({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
  for (const name of TABS) {
    await tab(page, name);
    await page.settled();
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert(over <= 0, `${name} is ${over} pixels too wide for a phone`);
  }
  await tab(page, "draw");
  await page.locator("#board").scrollIntoViewIfNeeded();
  const box = await page.locator("#board").boundingBox();
  const client = await context.newCDPSession(page);
  const touch = (type, x, y) => client.send("Input.dispatchTouchEvent", { type, touchPoints: x === undefined ? [] : [{ x, y }] });
  const before = await page.evaluate(() => scrollY);
  await touch("touchStart", box.x + box.width / 2, box.y + box.height * 0.2);
  for (let i = 0; i <= 10; i++) await touch("touchMove", box.x + box.width / 2, box.y + box.height * (0.2 + 0.06 * i));
  await touch("touchEnd");
  await page.waitForFunction(() => document.documentElement.dataset.drawn);
  equal(await answer(page), "1", "a stroke down");
  equal(await page.evaluate(() => scrollY), before, "drawing scrolls nothing");
  equal(faults, [], "faults");
  await context.close();
}

let failed = 0;
// All of them, or those that are named: `node lab.mjs everyTabOpens`.
const named = process.argv.slice(2);
const tests = [
  everyTabOpens, drawnDigitsAreClassifiedAsByTheCommandLine, teachingChangesTheAnswerAndUndoRestoresIt,
  liveTrainingDrawsCurvesAndObeys, aLateAnswerDoesNotHideWhatHasHappenedSince,
  everyUnitCanBeLookedAt, augmentationIsShownByKnobsAndByName, mistakesMapAndCellsAreShown, aPhoneShowsEverythingAndDraws,
].filter((test) => !named.length || named.includes(test.name));
for (const test of tests) {
  const start = Date.now();
  try {
    await test();
    console.log(`ok ${test.name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${test.name}: ${error.stack}`);
  }
}
await browser.close();
await server.stop();
process.exitCode = failed || !tests.length ? 1 : 0;
