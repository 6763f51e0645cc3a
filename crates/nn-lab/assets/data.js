// Data: how many, what they look like, and what augmentation makes of them.

import { get, newestOnly, post } from "./api.js";
import { bars } from "./charts.js";
import { button, card, field, figure, h, knob, percent, select, told } from "./elements.js";
import { bytes, canvas, grey, tile } from "./pictures.js";
import { PRESETS } from "./train.js";
import { t } from "./words.js";

export function dataTab(panel, shared) {
  const { model, data } = shared.status;
  const shape = model.image_shape;
  const names = model.class_names;
  let split = "train";

  const samples = figure(t("samples"), "–");
  const blank = figure(t("blank_pixels"), "–");
  const mean = figure(t("mean_grey"), "–");
  const deviation = figure(t("deviation_grey"), "–");
  const counts = bars({ label: t("per_class"), xName: t("class") });
  const histogram = bars({ label: t("pixel_histogram"), xName: t("grey_value"), log: true });
  const averages = h("div", { class: "tiles", id: "averages" });

  const summary = told(async () => {
    const facts = await get(`/api/data?split=${split}`);
    samples.set(facts.samples.toLocaleString(document.documentElement.lang));
    blank.set(percent(facts.blank / (facts.samples * shape[0] * shape[1]), 1));
    mean.set((facts.mean / 255).toFixed(4));
    deviation.set((facts.deviation / 255).toFixed(4));
    counts.update({ names, sets: [{ name: t("samples"), values: facts.counts }] });
    const ranges = facts.histogram.map((_, i) => i * 16);
    histogram.update({ names: ranges, sets: [{ name: t("pixels"), values: facts.histogram, colour: 2 }] });
    averages.replaceChildren(...facts.averages.map((picture, i) => tile(picture, shape, names[i], { size: "large", label: `${t("average")} ${names[i]}` })));
  });

  const gallery = h("div", { class: "tiles", id: "gallery" });
  const browse = { class: "", from: 0, next: null };
  const more = button(t("next"), () => { browse.from = browse.next ?? 0; images(); });

  const images = told(async () => {
    const wanted = browse.class === "" ? "" : `&class=${browse.class}`;
    const answer = await get(`/api/data/images?split=${split}&from=${browse.from}&count=60${wanted}`);
    browse.next = answer.next;
    gallery.replaceChildren(...answer.images.map((image) => tile(image.pixels, shape, names[image.label], {
      onclick: () => choose(image), label: `${names[image.label]}, ${t("sample")} ${image.index}`,
    })));
  });

  // Augmentation: knobs, and what they make of one digit of each class.
  const settings = {
    shift: 0, shift_one_axis: false, rotation: 0, shear: 0, rotation_or_shear: false, scale_x: 0, scale_y: 0, sigma: 4, alpha: 0,
  };
  let preset = "";
  let chosen = null;
  let seed = 1;
  const preview = h("div", { id: "augmented" });

  const augment = newestOnly(told(async () => {
    const { sigma, alpha, ...augmentation } = settings;
    if (alpha > 0) augmentation.elastic = { sigma, alpha };
    const indices = chosen === null ? [0, 1, 2, 3, 4, 5] : [chosen];
    const versions = chosen === null ? 8 : 24;
    const { digits } = await post("/api/augment", { augmentation: preset || augmentation, indices, versions, seed });
    preview.replaceChildren(...digits.map((digit) => {
      const original = canvas(shape, t("original"));
      grey(original, bytes(digit.original.pixels));
      const first = h("div", { class: "tile" }, original, h("span", { text: t("original") }));
      return h("div", { class: "tiles" }, first, digit.versions.map((picture, i) => tile(picture, shape, String(i + 1))));
    }));
  }));

  function choose(image) {
    if (split !== "train") return;
    chosen = image.index;
    augment();
    preview.scrollIntoView({ block: "nearest" });
  }

  function slider(key, min, max, step, unit = "") {
    return knob(t(`augment_${key}`), {
      min, max, step, value: settings[key], show: (v) => `${v}${unit}`, tip: t(`augment_${key}_tip`),
      oninput: (value) => { settings[key] = value; augment(); }, id: `augment-${key}`,
    });
  }

  function check(key) {
    return h("label", { class: "check", title: t(`augment_${key}_tip`) },
      h("input", { type: "checkbox", id: `augment-${key}`, onchange: (event) => { settings[key] = event.target.checked; augment(); } }), t(`augment_${key}`));
  }

  const own = h("fieldset", { class: "plain" },
    h("div", { class: "fields" },
      slider("shift", 0, 8, 1, " px"), slider("rotation", 0, 90, 1, "°"), slider("shear", 0, 45, 1, "°"),
      slider("scale_x", 0, 50, 1, " %"), slider("scale_y", 0, 50, 1, " %"),
      slider("sigma", 2, 10, 0.5, " px"), slider("alpha", 0, 80, 2)),
    h("div", { class: "row" }, check("shift_one_axis"), check("rotation_or_shear")));
  const named = select([["", t("own_augmentation")], ...PRESETS.map((name) => [name, name])], "", (value) => {
    preset = value;
    own.disabled = value !== "";
    augment();
  });
  named.id = "augment-preset";

  const parts = ["train", "validation", "test"].filter((part) => data[part] > 0);
  panel.replaceChildren(h("div", { class: "columns" },
    card(data.name, "wide",
      h("div", { class: "row" },
        field(t("part"), select(parts.map((part) => [part, t(`part_${part}`)]), split, (value) => { split = value; browse.from = 0; summary(); images(); })),
        h("div", { class: "figures" }, samples, blank, mean, deviation))),
    card(t("per_class"), "half", counts),
    card(t("pixel_histogram"), "half", histogram, h("p", { class: "soft", text: t("histogram_help") })),
    card(t("averages"), "wide", averages),
    card(t("examples"), "half",
      h("div", { class: "row" },
        field(t("class"), select([["", t("all")], ...names.map((name, i) => [String(i), name])], "", (value) => { browse.class = value; browse.from = 0; images(); })),
        more),
      gallery, h("p", { class: "soft", text: t("examples_help") })),
    card(t("augmentation"), "half",
      h("p", { class: "soft", text: t("augmentation_help") }),
      field(t("settings"), named), own,
      h("div", { class: "row" },
        button(t("other_draw"), () => { seed += 1; augment(); }),
        button(t("several_digits"), () => { chosen = null; augment(); })),
      preview)));
  summary();
  images();
  augment();
  return {};
}
