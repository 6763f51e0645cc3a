// Charts as SVG, redrawn in place.

import { h, short } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = ["--one", "--two", "--three", "--four"];

export function colour(i) {
  return `var(${COLOURS[i % COLOURS.length]})`;
}

function s(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// About `count` round numbers from `from` to `to`.
function ticks(from, to, count) {
  const rough = (to - from) / Math.max(1, count);
  if (!(rough > 0)) return [from];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((m) => m >= rough);
  const first = Math.ceil(from / step - 1e-9) * step;
  const marks = [];
  for (let mark = first; mark <= to + step * 1e-9; mark += step) marks.push(mark);
  return marks;
}

function frame(root, { width, height, x, y, xText, yText, xName }) {
  const left = 52, right = 10, top = 8, bottom = 30;
  const px = (value) => left + (value - x[0]) / (x[1] - x[0] || 1) * (width - left - right);
  const py = (value) => height - bottom - (value - y[0]) / (y[1] - y[0] || 1) * (height - top - bottom);
  for (const mark of ticks(y[0], y[1], 4)) {
    root.append(
      s("line", { class: "grid", x1: left, x2: width - right, y1: py(mark), y2: py(mark) }),
      s("text", { x: left - 6, y: py(mark) + 4, "text-anchor": "end" }, yText(mark)),
    );
  }
  for (const mark of ticks(x[0], x[1], 5)) {
    const anchor = px(mark) > width - 25 ? "end" : "middle";
    root.append(s("text", { x: px(mark), y: height - bottom + 14, "text-anchor": anchor }, xText(mark)));
  }
  root.append(
    s("line", { class: "axis", x1: left, x2: width - right, y1: height - bottom, y2: height - bottom }),
    s("text", { x: (left + width - right) / 2, y: height - 3, "text-anchor": "middle" }, xName ?? ""),
  );
  return { px, py };
}

// A chart of lines. `update({ series, x?, y? })` draws `[{ name, points: [[x, y], …] }]`.
export function lines({ label, xName, yText = short, xText = short, height = 210, yFrom = null, yTo = null }) {
  const width = 460;
  const root = s("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  const legend = h("div", { class: "legend" });
  const element = h("div", { class: "lines" }, root, legend);
  element.update = ({ series, x: xRange, y: yRange }) => {
    const points = series.flatMap((line) => line.points);
    const extent = (i) => points.reduce(([a, b], p) => [Math.min(a, p[i]), Math.max(b, p[i])], [Infinity, -Infinity]);
    let x = xRange ?? extent(0);
    let y = yRange ?? extent(1);
    if (!points.length) { x = xRange ?? [0, 1]; y = yRange ?? [0, 1]; }
    y = [yFrom ?? y[0], yTo ?? y[1]];
    if (y[0] === y[1]) y = [y[0] - (Math.abs(y[0]) || 1) * 0.1, y[1] + (Math.abs(y[1]) || 1) * 0.1];
    if (x[0] === x[1]) x = [x[0] - 0.5, x[1] + 0.5];
    root.replaceChildren(s("title", {}, label));
    const { px, py } = frame(root, { width, height, x, y, xText, yText, xName });
    series.forEach((line, i) => {
      const inside = line.points.filter((p) => Number.isFinite(p[1]));
      const path = inside.map((p, j) => `${j ? "L" : "M"}${px(p[0]).toFixed(1)} ${py(Math.max(y[0], Math.min(y[1], p[1]))).toFixed(1)}`);
      root.append(s("path", {
        d: path.join(""), fill: "none", stroke: colour(line.colour ?? i), "stroke-width": line.thin ? 1 : 2,
        "stroke-linejoin": "round", opacity: line.thin ? 0.6 : 1, "stroke-dasharray": line.dashed ? "5 4" : "none",
      }));
      if (inside.length && inside.length <= 40 && !line.thin) {
        for (const p of inside) root.append(s("circle", { cx: px(p[0]), cy: py(p[1]), r: 2.4, fill: colour(line.colour ?? i) }));
      }
    });
    legend.replaceChildren(...series.map((line, i) => {
      const mark = h("i");
      mark.style.background = colour(line.colour ?? i);
      return h("span", {}, mark, line.name);
    }));
  };
  element.update({ series: [] });
  return element;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

// 10 to this power.
function power(exponent) {
  if (exponent === 0) return "0";
  return Number.isInteger(exponent) ? `10${SUPERSCRIPTS[exponent]}` : "";
}

// A chart of bars. `update({ sets: [{ name, values }], names })`; several sets are drawn over
// each other.
export function bars({ label, xName, height = 170, yText = short, log = false }) {
  const width = 460;
  const root = s("svg", { class: "chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
  const legend = h("div", { class: "legend" });
  const element = h("div", {}, root, legend);
  element.update = ({ sets, names }) => {
    const size = (value) => (log ? Math.log10(value + 1) : value);
    const most = Math.max(1e-9, ...sets.flatMap((set) => set.values.map(size)));
    const count = names.length;
    root.replaceChildren(s("title", {}, label));
    const text = (value) => (log ? power(value) : yText(value));
    const step = Math.ceil(count / 12);
    const { px, py } = frame(root, {
      width, height, x: [0, count], y: [0, most], yText: text, xText: () => "", xName,
    });
    names.forEach((name, i) => {
      if (i % step) return;
      root.append(s("text", { x: px(i + 0.5), y: height - 16, "text-anchor": "middle" }, String(name)));
    });
    sets.forEach((set, j) => {
      set.values.forEach((value, i) => {
        const top = py(size(value));
        root.append(s("rect", {
          x: px(i) + 1, y: top, width: Math.max(1, px(i + 1) - px(i) - 2), height: Math.max(0, py(0) - top),
          fill: set.outline ? "none" : colour(set.colour ?? j), stroke: set.outline ? colour(set.colour ?? j) : "none",
          "stroke-width": 1.5,
        }, s("title", {}, `${names[i]}: ${short(value)}`)));
      });
    });
    legend.replaceChildren(...(sets.length > 1 ? sets : []).map((set, j) => {
      const mark = h("i");
      mark.style.background = colour(set.colour ?? j);
      return h("span", {}, mark, set.name);
    }));
  };
  return element;
}
