// Evaluate: how good the network is, where it fails, and how it stands up to worse images.

import { newestOnly, post, withSession } from "./api.js";
import { lines } from "./charts.js";
import { button, card, field, figure, h, knob, percent, select, told } from "./elements.js";
import { mapCard } from "./map.js";
import { tile } from "./pictures.js";
import { t } from "./words.js";

const AMOUNTS = {
  noise: { min: 0, max: 1, step: 0.05, show: (v) => v.toFixed(2) },
  rotation: { min: -60, max: 60, step: 1, show: (v) => `${v}°` },
  stroke_width: { min: -1, max: 2, step: 0.25, show: (v) => `${v} px` },
};

export function evaluateTab(panel, shared) {
  const { model } = shared.status;
  const shape = model.image_shape;
  const names = model.class_names;
  const damage = { kind: "noise", amount: 0 };
  let facts = null;

  const accuracy = figure(t("accuracy"), "–");
  const cost = figure(t("cost"), "–");
  const samples = figure(t("samples"), "–");
  const calibration = figure(t("calibration_error"), "–");
  const confusion = h("div", { class: "scroll", id: "confusion" });
  const classes = h("div", { class: "scroll" });
  const worst = h("div", { class: "tiles", id: "worst" });
  const uncertain = h("div", { class: "tiles", id: "uncertain" });
  const thresholds = lines({ label: t("threshold"), xName: t("least_confidence"), yFrom: 0, yTo: 1, yText: (v) => percent(v, 0) });
  const thresholdText = h("p", { id: "threshold-text", "aria-live": "polite" });
  const reliability = lines({ label: t("calibration"), xName: t("confidence"), yFrom: 0, yTo: 1, yText: (v) => percent(v, 0) });
  const robustness = h("div", { class: "columns", id: "robustness" });

  const evaluate = newestOnly(told(async () => {
    const perturbation = damage.amount === 0 ? {} : { perturbation: damage.kind, amount: damage.amount };
    facts = await withSession((session) => post("/api/evaluate", { session, ...perturbation }));
    accuracy.set(percent(facts.accuracy));
    cost.set(facts.cost.toPrecision(4));
    samples.set(String(facts.samples));
    calibration.set(percent(facts.calibration.expected_error));
    showConfusion();
    showClasses();
    worst.replaceChildren(...facts.worst.map(mistake));
    uncertain.replaceChildren(...facts.least_certain.map(mistake));
    thresholds.update({ x: [0, 1], series: [
      { name: t("answered"), points: facts.thresholds.map((p) => [p.threshold, p.coverage]) },
      { name: t("right_of_answered"), points: facts.thresholds.filter((p) => p.accuracy !== null).map((p) => [p.threshold, p.accuracy]), colour: 2 },
    ] });
    const bins = facts.calibration.bins.filter((bin) => bin.samples > 0);
    reliability.update({ x: [0, 1], series: [
      { name: t("as_it_says"), points: [[0, 0], [1, 1]], thin: true, dashed: true },
      { name: t("as_it_is"), points: bins.map((bin) => [bin.confidence, bin.accuracy]), colour: 1 },
    ] });
    showThreshold();
  }));

  function showConfusion() {
    const most = Math.max(1, ...facts.confusion.flatMap((row, i) => row.filter((_, j) => i !== j)));
    const cell = (count, i, j) => {
      const share = i === j ? count / Math.max(1, ...facts.confusion[i]) : count / most;
      const colour = i === j ? "--for" : "--against";
      const content = count && i !== j
        ? button(String(count), () => examples(i, j), "", { "aria-label": `${names[i]} → ${names[j]}: ${count}` }) : String(count || "");
      const element = h("td", {}, content);
      element.style.background = `rgba(var(${colour}), ${(share * 0.55).toFixed(3)})`;
      return element;
    };
    confusion.replaceChildren(h("table", { class: "confusion" },
      h("tr", {}, h("th", { text: t("is_taken") }), names.map((name) => h("th", { scope: "col", text: name }))),
      facts.confusion.map((row, i) => h("tr", {}, h("th", { scope: "row", text: names[i] }), row.map((count, j) => cell(count, i, j))))));
  }

  // The worst mistakes of one cell of the matrix.
  const examples = told(async (actual, predicted) => {
    const perturbation = damage.amount === 0 ? {} : { perturbation: damage.kind, amount: damage.amount };
    const answer = await withSession((session) => post("/api/evaluate", { session, ...perturbation, actual, predicted }));
    worst.replaceChildren(...answer.worst.map(mistake));
    worst.scrollIntoView({ block: "center" });
  });

  function showClasses() {
    const header = ["class", "samples", "precision", "recall", "f1", "mistaken_for"];
    classes.replaceChildren(h("table", {},
      h("tr", {}, header.map((word) => h("th", { text: t(word) }))),
      facts.classes.map((report) => h("tr", {},
        h("th", { text: names[report.class] }), h("td", { text: String(report.samples) }),
        [report.precision, report.recall, report.f1].map((share) => h("td", { text: percent(share, 1) })),
        h("td", { text: report.mistaken_for ? `${names[report.mistaken_for[0]]} (${report.mistaken_for[1]})` : "–" })))));
  }

  function mistake(answer) {
    const wrong = answer.actual !== answer.predicted;
    const caption = h("span", {}, `${names[answer.actual]} → `, h("span", { class: wrong ? "wrong" : "good", text: names[answer.predicted] }), ` ${percent(answer.confidence, 0)}`);
    return tile(answer.pixels, shape, caption, { size: "large", label: `${t("sample")} ${answer.sample}: ${names[answer.actual]}, ${t("taken_for")} ${names[answer.predicted]}` });
  }

  let least = 0.5;
  function showThreshold() {
    if (!facts) return;
    const point = facts.thresholds.reduce((best, p) => (Math.abs(p.threshold - least) < Math.abs(best.threshold - least) ? p : best));
    thresholdText.textContent = t("threshold_says", {
      answered: point.answered, all: facts.samples, right: point.right, share: percent(point.accuracy, 2),
    });
  }

  const curves = newestOnly(told(async () => {
    robustness.replaceChildren(h("p", { class: "soft", text: t("measuring") }));
    const answer = await withSession((session) => post("/api/robustness", { session }));
    robustness.replaceChildren(...answer.curves.map((curve) => {
      const chart = lines({ label: t(`damage_${curve.perturbation}`), xName: t(`damage_${curve.perturbation}`), yFrom: 0, yTo: 1, yText: (v) => percent(v, 0), height: 180 });
      chart.update({ series: [{ name: t("accuracy"), points: curve.points.map((p) => [p.amount, p.accuracy]), colour: 1 }] });
      return h("div", { class: "card" }, chart);
    }));
  }));

  const amount = h("div", {});
  function chooseDamage(kind) {
    Object.assign(damage, { kind, amount: 0 });
    amount.replaceChildren(knob(t("amount"), { ...AMOUNTS[kind], value: 0, onchange: (v) => { damage.amount = v; evaluate(); } }));
    evaluate();
  }
  const map = mapCard(shared);

  panel.replaceChildren(h("div", { class: "columns" },
    card(t("tab_evaluate"), "wide",
      h("div", { class: "figures" }, accuracy, cost, samples, calibration),
      h("div", { class: "fields" },
        field(t("damage"), select(Object.keys(AMOUNTS).map((kind) => [kind, t(`damage_${kind}`)]), "noise", chooseDamage)), amount),
      h("p", { class: "soft", text: t("damage_help") })),
    card(t("confusion"), "half", h("p", { class: "soft", text: t("confusion_help") }), confusion),
    card(t("by_class"), "half", classes),
    card(t("worst"), "half", h("p", { class: "soft", text: t("mistake_help") }), worst),
    card(t("least_certain"), "half", h("p", { class: "soft", text: t("least_certain_help") }), uncertain),
    card(t("threshold"), "half", h("p", { class: "soft", text: t("threshold_help") }),
      knob(t("least_confidence"), { min: 0, max: 1, step: 0.02, value: 0.5, show: (v) => percent(v, 0), oninput: (v) => { least = v; showThreshold(); }, id: "threshold" }),
      thresholdText, thresholds),
    card(t("calibration"), "half", h("p", { class: "soft", text: t("calibration_help") }), reliability),
    map.element,
    card(t("robustness"), "wide", h("div", { class: "row" }, button(t("measure"), curves, "main", { id: "measure" })), robustness)));
  chooseDamage("noise");
  map.draw();
  return { show: () => told(shared.refresh)(), close: map.close };
}
