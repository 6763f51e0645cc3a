// Draw: a digit, what the network makes of it, and what can be done to the network.

import { get, newestOnly, post, withSession } from "./api.js";
import { board } from "./board.js";
import { button, card, field, h, knob, notice, pager, percent, select, told } from "./elements.js";
import { bytes, canvas, grey, signed } from "./pictures.js";
import { unitPanel } from "./unit.js";
import { t } from "./words.js";

// Units of a layer that are shown at a time.
const UNITS = 200;

export function drawTab(panel, shared) {
  const { model } = shared.status;
  let shape = model.image_shape;
  let names = model.class_names;
  const state = { seen: null, evidenceFor: null, off: new Set() };

  const sheet = board({ label: t("board"), onchange: () => ask(true) });
  const answer = h("div", { class: "answer", id: "answer", "aria-live": "polite", text: "?" });
  const sure = h("div", { class: "soft", id: "sure", text: t("draw_something") });
  const bars = h("div", { class: "bars", id: "confidences" });
  const input = canvas(shape, t("as_seen"));
  const evidence = canvas(shape, t("evidence"));
  const evidenceText = h("small", { id: "evidence-class" });
  const layers = h("div", { id: "layers" });
  const edits = h("ol", { class: "soft", id: "edits" });
  const effect = h("p", { id: "effect", "aria-live": "polite" });
  const unit = unitPanel({ edit, pixels: () => state.seen?.raw ?? null });

  const ask = newestOnly(told(async () => {
    if (sheet.blank) {
      state.seen = null;
      show();
      return;
    }
    const drawing = sheet.drawing();
    const body = state.evidenceFor === null ? drawing : { ...drawing, class: state.evidenceFor };
    const seen = await withSession((session) => post("/api/draw", { ...body, session }));
    state.seen = seen.blank ? null : { ...seen, raw: Array.from(bytes(seen.pixels)) };
    show();
  }));

  function show() {
    const { seen } = state;
    shared.seen = seen ? { pixels: seen.raw, shape } : shared.seen;
    document.documentElement.dataset.drawn = seen ? String(seen.answer.class) : "";
    answer.textContent = seen ? seen.answer.name : "?";
    sure.textContent = seen
      ? t("sure", { p: percent(seen.answer.confidences[seen.answer.class], 1) })
      : t("draw_something");
    names.forEach((name, i) => {
      const share = seen?.answer.confidences[i] ?? 0;
      const best = seen?.answer.class === i;
      const [label, bar, number] = [0, 1, 2].map((j) => bars.children[3 * i + j]);
      label.className = best ? "best" : "";
      bar.className = best ? "bar best" : "bar";
      bar.firstChild.style.width = `${Math.max(0, Math.min(1, share)) * 100}%`;
      number.textContent = seen ? percent(share, 1) : "";
      number.className = best ? "best" : "";
    });
    grey(input, seen ? seen.raw : new Uint8Array(shape[0] * shape[1]));
    signed(evidence, seen ? seen.evidence : new Array(shape[0] * shape[1]).fill(0));
    evidenceText.textContent = seen ? t("evidence_for", { name: names[seen.class] }) : "";
    showLayers();
    unit.refresh();
  }

  // Every unit of every layer as a cell, as bright as it is active.
  function showLayers() {
    const sizes = shared.status.model.sizes;
    if (layers.childElementCount !== sizes.length - 1) buildLayers();
    state.seen?.layers.forEach((layer, i) => {
      const most = Math.max(1e-9, ...layer.a.map(Math.abs));
      const scale = ["sigmoid", "softmax"].includes(layer.activation) ? 1 : most;
      const cells = layers.children[i].querySelectorAll(".unit");
      const { from } = layers.children[i].querySelector(".pager");
      layer.a.slice(from, from + cells.length).forEach((a, j) => {
        const share = Math.min(1, Math.abs(a) / scale);
        cells[j].style.background = `rgba(var(${a >= 0 ? "--for" : "--against"}), ${share.toFixed(3)})`;
        cells[j].style.color = share > 0.55 ? "var(--card)" : "";
        cells[j].title = `${t("unit")} ${from + j}: a = ${a.toPrecision(4)}, z = ${layer.z[from + j].toPrecision(4)}`;
      });
    });
    if (!state.seen) {
      for (const cell of layers.querySelectorAll(".unit")) cell.style.background = cell.style.color = "";
    }
  }

  function buildLayers() {
    const { sizes, activations } = shared.status.model;
    layers.replaceChildren(...sizes.slice(1).map((size, i) => {
      const output = i === sizes.length - 2;
      const cells = h("div", { class: "units" });
      const pages = pager(size, UNITS, () => { fill(); showLayers(); });
      const cell = (j) => h("button", {
        type: "button", class: `unit${output ? " output" : ""}`, text: output ? names[j] : "",
        "aria-label": `${t("layer")} ${i + 2}, ${t("unit")} ${j}`, "aria-pressed": "false",
        onclick: (event) => {
          for (const other of layers.querySelectorAll("[aria-pressed=true]")) other.setAttribute("aria-pressed", "false");
          event.currentTarget.setAttribute("aria-pressed", "true");
          unit.choose(i + 2, j);
        },
      });
      const fill = () => cells.replaceChildren(...Array.from({ length: pages.to - pages.from }, (_, j) => cell(pages.from + j)));
      fill();
      return h("div", {}, h("h3", { text: `${t("layer")} ${i + 2} · ${size} ${activations[i]}` }), pages, cells);
    }));
  }

  const measure = newestOnly(told(async () => {
    const { before, after, samples } = await withSession((session) => post(`/api/sessions/${session}/accuracy`));
    const change = Math.round((after - before) * samples);
    effect.replaceChildren(
      `${t("test_accuracy")}: ${percent(before)} → `, h("b", { text: percent(after) }),
      h("span", { class: change < 0 ? "bad" : "good", text: change ? ` (${change > 0 ? "+" : ""}${change} / ${samples})` : "" }),
    );
  }));

  function showEdits(list) {
    edits.replaceChildren(...list.map((edit) => h("li", { text: describe(edit) })));
    undo.disabled = undoAll.disabled = list.length === 0;
    if (list.length === 0) {
      prune.set(0);
      temperature.set(0);
    }
    ask(true);
    measure();
  }

  function describe(edit) {
    const where = edit.layer ? t("unit_of", { unit: edit.unit, layer: edit.layer }) : "";
    const amount = edit.factor ?? edit.by ?? edit.value ?? edit.deviation ?? (edit.share === undefined ? null : percent(edit.share, 0));
    const taught = edit.kind === "teach" ? ` ${names[edit.class]}` : "";
    return `${t(`edit_${edit.kind}`)}${taught} ${where} ${amount ?? ""}`.trim();
  }

  async function edit(change) {
    return told(async () => {
      const { edits: list } = await withSession((session) => post(`/api/sessions/${session}/edits`, { edit: change }));
      showEdits(list);
    })();
  }

  async function takeBack(all) {
    return told(async () => {
      const { edits: list } = await withSession((session) => post(`/api/sessions/${session}/undo`, { all }));
      showEdits(list);
    })();
  }

  const undo = button(t("undo"), () => takeBack(false), "", { id: "undo", disabled: true });
  const undoAll = button(t("undo_all"), () => takeBack(true), "", { id: "undo-all", disabled: true });
  const lesson = { class: 0, rate: 0.1, until: true };

  async function teach() {
    if (!state.seen) return notice(t("draw_something"));
    await edit({ kind: "teach", pixels: state.seen.raw, class: lesson.class, rate: lesson.rate, steps: lesson.until ? 200 : 1 });
    return null;
  }

  async function random() {
    return told(async () => {
      const { test } = shared.status.data;
      const from = Math.floor(Math.random() * test);
      const { images } = await get(`/api/data/images?split=test&from=${from}&count=1`);
      sheet.show(bytes(images[0].pixels), shape);
      notice(t("this_is", { name: names[images[0].label] }));
      ask(true);
    })();
  }

  const logScale = (value) => 10 ** value;
  const prune = knob(t("prune"), {
    min: 0, max: 0.95, step: 0.05, value: 0, show: (v) => percent(v, 0), tip: t("prune_tip"),
    onchange: (share) => edit({ kind: "prune", share }),
  });
  const temperature = knob(t("temperature"), {
    min: -1, max: 1, step: 0.1, value: 0, show: (v) => logScale(v).toFixed(2), tip: t("temperature_tip"),
    onchange: (v) => edit({ kind: "temperature", value: logScale(v) }),
  });
  const noise = knob(t("weight_noise"), {
    min: 0, max: 1, step: 0.05, value: 0, show: (v) => v.toFixed(2), tip: t("weight_noise_tip"),
    onchange: (deviation) => deviation > 0 && edit({ kind: "noise", deviation, seed: Math.floor(Math.random() * 1e6) }),
  });
  const teachClass = select(names.map((name, i) => [String(i), name]), "0", (value) => { lesson.class = Number(value); });
  teachClass.id = "teach-class";
  const evidenceClass = select([["", t("its_answer")], ...names.map((name, i) => [String(i), name])], "", (value) => {
    state.evidenceFor = value === "" ? null : Number(value);
    ask(true);
  });

  panel.replaceChildren(h("div", { class: "columns" },
    h("div", { class: "stack" },
      card(t("board"), "", sheet.element,
        h("div", { class: "row" },
          button(t("clear"), () => sheet.clear(), "main", { id: "clear" }),
          button(t("random_digit"), random, "", { id: "random" }),
          button(t("keep_model"), download)),
        knob(t("brush"), { min: 8, max: 40, step: 1, value: 22, show: (v) => `${v}`, oninput: sheet.setBrush, id: "brush" }),
        h("p", { class: "soft", text: t("board_help") }))),
    h("div", { class: "stack" },
      card(t("its_answer"), "", h("div", { class: "row" }, answer, sure), bars),
      card(t("teach"), "", h("p", { class: "soft", text: t("teach_help") }),
        h("div", { class: "row" },
          field(t("it_is"), teachClass),
          field(t("learning_rate"), h("input", { type: "number", min: "0.001", max: "100", step: "any", value: "0.1", oninput: (event) => { lesson.rate = Number(event.target.value); } }))),
        h("label", { class: "check" }, h("input", { type: "checkbox", checked: true, onchange: (event) => { lesson.until = event.target.checked; } }), t("until_right")),
        h("div", { class: "row" }, button(t("teach_it"), teach, "main", { id: "teach" }))),
      card(t("what_it_sees"), "",
        h("div", { class: "look" },
          h("div", {}, input, h("small", { text: t("as_seen") })),
          h("div", {}, evidence, evidenceText)),
        field(t("evidence"), evidenceClass),
        h("p", { class: "soft", text: t("evidence_help") }))),
    h("div", { class: "stack" },
      unit.element,
      card(t("whole_network"), "", prune, temperature, noise,
        h("div", { class: "row" }, undo, undoAll), effect, edits)),
    card(t("activations"), "wide", h("p", { class: "soft", text: t("activations_help") }), layers)));

  async function download() {
    const path = await withSession(async (session) => {
      await get(`/api/sessions/${session}/edits`);
      return `/api/model?session=${session}`;
    });
    h("a", { href: path, download: "lab.nnm" }).click();
  }

  function newModel() {
    const { model: now } = shared.status;
    shape = now.image_shape;
    names = now.class_names;
    layers.replaceChildren();
    buildLayers();
    unit.clear();
    showEdits([]);
  }
  shared.onmodel.push(newModel);

  bars.replaceChildren(...names.flatMap((name) => [h("span", { text: name }), h("div", { class: "bar" }, h("i")), h("span")]));
  buildLayers();
  show();
  measure();
  return { show: () => told(shared.refresh)() };
}
