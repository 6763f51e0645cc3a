// Inside: one sample's way forward and back, cell by cell.

import { newestOnly, post, withSession } from "./api.js";
import { button, card, field, h, pager, select, short, told } from "./elements.js";
import { canvas, grey, signed } from "./pictures.js";
import { t } from "./words.js";

// Cells of a layer that are shown at a time.
const MOST = 120;
// Feeding cells that are lit.
const LIT = 8;

export function insideTab(panel, shared) {
  const { model } = shared.status;
  const names = model.class_names;
  const shape = model.image_shape;
  const wanted = { index: 0, drawing: false, class: null };
  let facts = null;

  const phases = h("div", { class: "flow", id: "phases" });
  const working = h("div", { class: "working", id: "working", "aria-live": "polite", text: t("hover_cell") });
  const terms = h("div", { class: "scroll" });
  const feeding = canvas(shape, t("what_feeds_it"));
  signed(feeding, new Array(shape[0] * shape[1]).fill(0));

  const explain = newestOnly(told(async () => {
    const seen = wanted.drawing && shared.seen ? { pixels: shared.seen.pixels } : { index: wanted.index };
    const target = wanted.class === null ? {} : { class: wanted.class };
    facts = await withSession((session) => post("/api/inside", { session, ...seen, ...target }));
    show();
  }));

  function cells(values, row, layer, { from, to }) {
    const most = Math.max(1e-12, ...values.map(Math.abs));
    return values.slice(from, to).map((value, place) => {
      const unit = from + place;
      const cell = button(short(value), () => trace(row, layer, unit), "cell", {
        "data-cell": `${row}-${layer}-${unit}`, "aria-label": `${row} ${t("layer")} ${layer}, ${t("unit")} ${unit}: ${value}`,
        onpointerenter: () => trace(row, layer, unit), onfocus: () => trace(row, layer, unit),
      });
      cell.style.background = `rgba(var(${value >= 0 ? "--for" : "--against"}), ${(Math.abs(value) / most * 0.45).toFixed(3)})`;
      return cell;
    });
  }

  // Rows of cells with a name each: z, a, y, δ and so on.
  function table(rows, layer, head) {
    const table = h("div", { class: "cells" });
    table.style.gridTemplateColumns = `auto repeat(${rows.length}, auto)`;
    const pages = pager(Math.max(...rows.map(([, values]) => values.length)), MOST, fill);
    function fill() {
      const columns = rows.map(([, values, key]) => cells(values, key, layer, pages));
      table.replaceChildren(h("span", { class: "cell", text: "j" }), ...rows.map(([name]) => h("span", { class: "cell", text: name })));
      for (let i = pages.from; i < pages.to; i++) {
        table.append(h("span", { class: "cell", text: head ? head[i] : String(i) }), ...columns.map((column) => column[i - pages.from] ?? h("span", { class: "cell" })));
      }
    }
    fill();
    return h("div", {}, pages, h("div", { class: "scroll" }, table));
  }

  function show() {
    const input = canvas(shape, t("input"));
    grey(input, facts.grey);
    input.style.width = input.style.height = "140px";
    const last = facts.sizes.length;
    const check = facts.check;
    const forward = facts.forward.map((layer) => {
      const output = layer.layer === last;
      return card(`${t("forward")}: ${t("layer")} ${layer.layer}`, "",
        h("p", { class: "soft", text: `z = w a + b · a = ${layer.activation}(z) · ${layer.inputs} → ${layer.outputs}` }),
        table([["z", layer.weighted_inputs, "z"], ["a", layer.activations, "a"]], layer.layer, output ? names : null));
    });
    const error = facts.output_error;
    const rules = { product: "δ = ∇C ⊙ σ′(z)", difference: "δ = a − y", softmax_jacobian: "δⱼ = Σᵢ ∂C/∂aᵢ ∂aᵢ/∂zⱼ" };
    const outputError = card(t("output_error"), "",
      h("p", { class: "soft", text: `BP1: ${rules[error.rule]} · C = ${short(error.cost)}` }),
      table([["y", error.target, "y"], ["σ′", error.slope, "slope"], ["δ", error.error, "delta"]], last, names));
    const backward = facts.backward.map((layer) => card(`${t("backward")}: ${t("layer")} ${layer.layer}`, "",
      h("p", { class: "soft", text: `BP2: δ = (wᵀδ) ⊙ σ′(z), ${t("from_layer", { n: layer.from })}` }),
      table([["wᵀδ", layer.propagated, "back"], ["σ′", layer.slope, "slope"], ["δ", layer.error, "delta"]], layer.layer)));
    const gradient = card(t("gradient_phase"), "",
      h("p", { class: "soft", text: "BP3, BP4: ∂C/∂b = δ · ∂C/∂w = a δ" }),
      h("div", { class: "scroll" }, h("table", {},
        h("tr", {}, ["layer", "shape", "norm_w", "norm_b", "largest"].map((word) => h("th", { text: t(word) }))),
        facts.gradient.map((layer) => h("tr", {}, h("th", { text: String(layer.layer) }),
          h("td", { text: `${layer.inputs} × ${layer.outputs}` }), h("td", { text: short(layer.weight_norm) }), h("td", { text: short(layer.bias_norm) }),
          h("td", { text: `w[${layer.largest[0]}, ${layer.largest[1]}]: ${short(layer.largest[2])}` }))))),
      h("h3", { text: t("checked") }),
      h("div", { class: "working" },
        h("div", { text: `w[${check.place.from}, ${check.place.to}], ${t("layer")} ${check.place.layer}: a δ = ${short(check.activation)} · ${short(check.error)} = ${check.gradient.toExponential(6)}` }),
        h("div", { text: `(C(w+ε) − C(w−ε)) / 2ε = ${check.difference.toExponential(6)}` }),
        h("div", { text: `${t("relative_error")}: ${check.relative_error.toExponential(1)}` })));
    phases.replaceChildren(
      card(t("input"), "", input,
        h("p", { text: t("inside_says", { actual: names[facts.actual], predicted: names[facts.predicted] }) }),
        h("p", { class: "soft", text: `a¹ = ${facts.input.normalization} · ${t("lit", { lit: facts.input.lit, of: facts.input.features })}` })),
      ...forward, outputError, ...backward, gradient);
  }

  function light(chosen, fed) {
    for (const cell of phases.querySelectorAll(".lit, .fed")) cell.classList.remove("lit", "fed");
    phases.querySelector(`[data-cell="${chosen}"]`)?.classList.add("lit");
    for (const name of fed) phases.querySelector(`[data-cell="${name}"]`)?.classList.add("fed");
  }

  // What feeds a cell: asked of the server, which has computed it.
  const ask = newestOnly(told(async ({ row, layer, unit }) => {
    const last = facts.sizes.length;
    const seen = { pixels: facts.raw, class: facts.actual };
    const found = await withSession((session) => post("/api/unit", { session, layer, unit, ...seen }));
    const chosen = `${row}-${layer}-${unit}`;
    const order = (products) => products.map((p, i) => [i, p]).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1]));
    const rows = (list, factors, weights, names) => h("table", {},
      h("tr", {}, names.map((text) => h("th", { text }))),
      list.map(([i, product]) => h("tr", {}, [String(i), short(weights[i]), short(factors[i]), short(product)].map((text) => h("td", { text })))));
    terms.replaceChildren();
    feeding.hidden = row !== "z" || layer !== 2;
    if (row === "z") {
      const { inputs, products, z } = found.seen;
      working.textContent = `z = Σₖ wₖ aₖ + b = ${short(z - found.bias)} + ${short(found.bias)} = ${short(z)}`;
      const most = order(products).slice(0, LIT);
      terms.replaceChildren(rows(most, inputs, found.weights, ["k", "w", "a", "w a"]));
      if (layer === 2) signed(feeding, products);
      light(chosen, layer === 2 ? [] : most.map(([k]) => `a-${layer - 1}-${k}`));
    } else if (row === "a") {
      working.textContent = `a = ${found.activation}(z) = ${found.activation}(${short(found.seen.z)}) = ${short(found.seen.a)}`;
      light(chosen, found.activation === "softmax" ? facts.sizes.slice(-1).flatMap((n) => Array.from({ length: n }, (_, i) => `z-${layer}-${i}`)) : [`z-${layer}-${unit}`]);
    } else if (row === "back") {
      const { errors, products, propagated } = found.back;
      working.textContent = `Σₖ wₖ δₖ = ${short(propagated)}`;
      const most = order(products).slice(0, LIT);
      terms.replaceChildren(rows(most, errors, found.outgoing, ["k", "w", "δ", "w δ"]));
      light(chosen, most.map(([k]) => `delta-${layer + 1}-${k}`));
    } else if (row === "delta" && layer < last) {
      working.textContent = `δ = wᵀδ · σ′(z) = ${short(found.back.propagated)} · ${short(found.back.slope)} = ${short(found.back.error)}`;
      light(chosen, [`back-${layer}-${unit}`, `slope-${layer}-${unit}`]);
    } else if (row === "delta") {
      working.textContent = `a = ${short(found.seen.a)}, y = ${facts.output_error.target[unit]}, σ′ = ${short(facts.output_error.slope[unit])} → δ = ${short(facts.output_error.error[unit])}`;
      light(chosen, [`a-${layer}-${unit}`, `y-${layer}-${unit}`, `slope-${layer}-${unit}`]);
    } else if (row === "slope") {
      working.textContent = `σ′(z) = ${found.activation}′(${short(found.seen.z)})`;
      light(chosen, [`z-${layer}-${unit}`]);
    } else {
      working.textContent = t("target_says", { name: names[facts.actual] });
      light(chosen, []);
    }
  }));
  function trace(row, layer, unit) {
    ask({ row, layer, unit });
  }

  const number = h("input", {
    type: "number", min: "0", max: String(shared.status.data.test - 1), value: "0", id: "inside-index",
    onchange: (event) => { wanted.index = Number(event.target.value); wanted.drawing = false; explain(); },
  });
  panel.replaceChildren(h("div", { class: "columns" }, h("div", { class: "stack most" },
    card(t("tab_inside"), "", h("p", { class: "soft", text: t("inside_help") }),
      h("div", { class: "fields" },
        field(t("test_sample"), number),
        field(t("should_be"), select([["", t("its_label")], ...names.map((name, i) => [String(i), name])], "", (value) => { wanted.class = value === "" ? null : Number(value); explain(); }))),
      h("div", { class: "row" },
        button(t("my_drawing"), () => { wanted.drawing = true; explain(); }, "", { disabled: !shared.seen, id: "my-drawing" }))),
    phases),
  card(t("cell"), "narrow sticky", working, terms, feeding)));
  feeding.style.width = feeding.style.height = "112px";
  feeding.hidden = true;
  explain();
  return { show: () => { panel.querySelector("#my-drawing").disabled = !shared.seen; } };
}
