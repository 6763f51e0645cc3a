// One unit: its sum, bias and weights, and what can be done to it.

import { post, withSession } from "./api.js";
import { button, card, h, knob, short, told } from "./elements.js";
import { canvas, signed } from "./pictures.js";
import { t } from "./words.js";

// `edit` makes an edit; `pixels` gives what the network looks at, or null.
export function unitPanel({ edit, pixels }) {
  const content = h("div", { id: "unit" }, h("p", { class: "soft", text: t("choose_unit") }));
  const element = card(t("one_unit"), "", content);
  let chosen = null;

  const ask = told(async () => {
    const { layer, unit } = chosen;
    const seen = pixels();
    const facts = await withSession((session) => post("/api/unit", seen ? { session, layer, unit, pixels: seen } : { session, layer, unit }));
    if (chosen?.layer === layer && chosen?.unit === unit) show(facts);
  });

  // The weights into it: as an image where they come from the pixels, else as cells.
  function weights(facts) {
    const side = Math.sqrt(facts.weights.length);
    if (facts.layer === 2 && Number.isInteger(side)) {
      const look = (values, text) => {
        const target = canvas([side, side], text);
        signed(target, values);
        return h("div", {}, target, h("small", { text }));
      };
      const pictures = [look(facts.weights, t("weights"))];
      if (facts.seen) pictures.push(look(facts.seen.products, t("weights_times_input")));
      return h("div", { class: "look" }, pictures);
    }
    const order = facts.weights.map((weight, i) => ({ weight, i, product: facts.seen?.products[i] ?? weight }));
    order.sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
    const rows = order.slice(0, 8).map(({ weight, i }) => h("tr", {},
      h("td", { text: String(i) }), h("td", { text: facts.seen ? short(facts.seen.inputs[i]) : "–" }),
      h("td", { text: short(weight) }), h("td", { text: facts.seen ? short(facts.seen.products[i]) : "–" })));
    return h("table", {}, h("tr", {}, ["", "a", "w", "w·a"].map((text) => h("th", { text }))), rows);
  }

  function show(facts) {
    const { seen } = facts;
    const sum = seen ? seen.products.reduce((a, b) => a + b, 0) : null;
    const working = seen
      ? `z = ${short(sum)} + ${short(facts.bias)} = ${short(seen.z)}\na = ${facts.activation}(z) = ${short(seen.a)}`
      : `b = ${short(facts.bias)}`;
    const text = h("div", { class: "working" });
    text.append(...working.split("\n").map((line) => h("div", { text: line })));
    const where = { layer: facts.layer, unit: facts.unit };
    content.replaceChildren(
      h("h3", { text: `${t("unit_of", { unit: facts.unit, layer: facts.layer })}` }), text, weights(facts),
      h("div", { class: "row" },
        button(t("switch_off"), () => edit({ kind: "switch_off", ...where }).then(ask), "", { id: "switch-off" })),
      knob(t("scale"), {
        min: -2, max: 4, step: 0.25, value: 1, show: (v) => `× ${v}`,
        onchange: (factor) => edit({ kind: "scale", ...where, factor }).then(ask),
      }),
      knob(t("shift"), {
        min: -5, max: 5, step: 0.25, value: 0, show: (v) => (v === 0 ? "0" : v > 0 ? `+ ${v}` : `− ${-v}`),
        onchange: (by) => edit({ kind: "shift", ...where, by }).then(ask),
      }),
    );
  }

  return {
    element,
    choose(layer, unit) { chosen = { layer, unit }; ask(); },
    refresh() { if (chosen && !content.querySelector("input:active")) ask(); },
    clear() {
      chosen = null;
      content.replaceChildren(h("p", { class: "soft", text: t("choose_unit") }));
    },
  };
}
