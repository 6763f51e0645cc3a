// The map: every test sample as a point, layer by layer.

import { get, newestOnly, post, withSession } from "./api.js";
import { card, field, h, percent, select, tip, told } from "./elements.js";
import { bytes, canvas, grey } from "./pictures.js";
import { t } from "./words.js";

// Ten colours that tell classes apart in both themes.
const HUES = ["#4e79ff", "#f28e2b", "#e15759", "#2fb5a8", "#59a14f", "#c9a400", "#b07aa1", "#ff7fa7", "#a0704f", "#8a93a3"];

export function mapCard(shared) {
  const { model } = shared.status;
  const names = model.class_names;
  const WIDTH = 880, HEIGHT = 660;
  const sheet = h("canvas", { class: "map", width: WIDTH, height: HEIGHT, role: "img", "aria-label": t("map"), id: "map" });
  const text = h("p", { class: "soft", id: "map-text", "aria-live": "polite" });
  const wanted = { layer: model.sizes.length - 1, method: "pca" };
  const pictures = new Map();
  let answer = null;
  let places = [];
  let timer = 0;

  function paint() {
    const context = sheet.getContext("2d");
    context.clearRect(0, 0, WIDTH, HEIGHT);
    const xs = answer.points.map((p) => p[0]);
    const ys = answer.points.map((p) => p[1]);
    const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    const scale = Math.min((WIDTH - 40) / (right - left || 1), (HEIGHT - 40) / (high - low || 1));
    places = answer.points.map(([x, y]) => [
      WIDTH / 2 + (x - (left + right) / 2) * scale, HEIGHT / 2 - (y - (low + high) / 2) * scale,
    ]);
    places.forEach(([x, y], i) => {
      const wrong = answer.actual[i] !== answer.predicted[i];
      context.fillStyle = HUES[answer.actual[i] % HUES.length];
      context.globalAlpha = wrong ? 1 : 0.75;
      context.beginPath();
      context.arc(x, y, wrong ? 5 : 3.5, 0, 2 * Math.PI);
      context.fill();
      if (wrong) {
        context.strokeStyle = getComputedStyle(document.body).color;
        context.lineWidth = 1.6;
        context.stroke();
      }
    });
    context.globalAlpha = 1;
  }

  const draw = newestOnly(told(async () => {
    clearTimeout(timer);
    const { layer, method } = wanted;
    const got = await withSession((session) => post("/api/map", { session, layer, method }));
    if (got.points.length) {
      answer = got;
      paint();
    }
    if (got.explained) text.textContent = t("map_explains", { share: percent(got.explained[0] + got.explained[1], 0) });
    else text.textContent = got.done ? t("map_done") : t("map_working", { share: percent(got.round / got.rounds, 0) });
    sheet.dataset.points = String(got.points.length);
    if (!got.done) timer = setTimeout(draw, 500);
  }));

  sheet.addEventListener("pointermove", told(async (event) => {
    if (!answer) return;
    const box = sheet.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * WIDTH;
    const y = (event.clientY - box.top) / box.height * HEIGHT;
    let nearest = -1;
    let least = 15 ** 2;
    places.forEach(([px, py], i) => {
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < least) [least, nearest] = [distance, i];
    });
    if (nearest < 0) return tip(null);
    const index = answer.samples[nearest];
    if (!pictures.has(index)) {
      if (pictures.size > 300) pictures.clear();
      pictures.set(index, get(`/api/data/images?split=test&from=${index}&count=1`).then(({ images }) => bytes(images[0].pixels)));
    }
    const pixels = await pictures.get(index);
    const picture = canvas(model.image_shape, "");
    picture.style.width = picture.style.height = "84px";
    grey(picture, pixels);
    const said = `${names[answer.actual[nearest]]} → ${names[answer.predicted[nearest]]}`;
    tip(h("div", {}, picture, h("div", { text: said }), h("small", { text: `${t("sample")} ${index}` })), event.clientX, event.clientY);
    return null;
  }));
  sheet.addEventListener("pointerleave", () => tip(null));

  const layers = model.sizes.map((size, i) => [String(i + 1), i ? `${t("layer")} ${i + 1} (${size})` : t("pixels")]);
  const legend = h("div", { class: "legend" }, names.map((name, i) => {
    const mark = h("i");
    mark.style.background = HUES[i % HUES.length];
    return h("span", {}, mark, name);
  }));
  const element = card(t("map"), "wide", h("p", { class: "soft", text: t("map_help") }),
    h("div", { class: "fields" },
      field(t("layer"), select(layers, String(wanted.layer), (value) => { wanted.layer = Number(value); draw(); })),
      field(t("method"), select([["pca", "PCA"], ["tsne", "t-SNE"]], "pca", (value) => { wanted.method = value; draw(); }))),
    text, legend, sheet);
  return { element, draw, close: () => clearTimeout(timer) };
}
