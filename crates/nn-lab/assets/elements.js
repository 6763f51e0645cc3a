// Small builders of what the tabs are made of.

import { t } from "./words.js";

// An element: attributes that start with "on" are listeners, `class` and `text` are what they say.
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else if (name === "class") element.className = value;
    else if (name in element && typeof value !== "string") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

export function card(title, kind = "", ...children) {
  const heading = title ? [h("h2", { text: title })] : [];
  return h("section", { class: `card ${kind}`, "aria-label": title || null }, ...heading, ...children);
}

export function button(text, onclick, kind = "", attributes = {}) {
  return h("button", { type: "button", class: kind, text, onclick, ...attributes });
}

export function field(text, control) {
  return h("label", { class: "field" }, h("span", { text }), control);
}

export function select(options, value, onchange) {
  const items = options.map(([key, text]) => h("option", { value: key, text }));
  const element = h("select", { onchange: () => onchange?.(element.value) }, items);
  element.value = value;
  return element;
}

// A slider with its name and value. `show` makes text of the value.
export function knob(text, { min, max, step, value, show = String, oninput, onchange, tip, id }) {
  const output = h("output", { text: show(value) });
  const input = h("input", { type: "range", min: String(min), max: String(max), step: String(step), id });
  input.value = String(value);
  input.setAttribute("aria-valuetext", show(value));
  const update = () => {
    output.textContent = show(Number(input.value));
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", () => { update(); oninput?.(Number(input.value)); });
  input.addEventListener("change", () => onchange?.(Number(input.value)));
  const element = h("label", { class: "knob", title: tip }, h("span", { text }), output, input);
  element.get = () => Number(input.value);
  element.set = (next) => { input.value = String(next); update(); };
  element.disable = (off) => { input.disabled = off; };
  return element;
}

// Two buttons that go through `count` things, `size` at a time; hidden where they are on one page.
// `onpage` is told that another page is wanted; `from` is the first thing on it.
export function pager(count, size, onpage) {
  const place = h("small", { "aria-live": "polite" });
  const turn = (by) => () => { show(element.from + by * size); onpage(); };
  const back = button("‹", turn(-1), "quiet", { "aria-label": t("page_back") });
  const on = button("›", turn(1), "quiet", { "aria-label": t("page_on") });
  const element = h("div", { class: "row tight pager" }, back, place, on);
  function show(from) {
    element.from = from;
    element.to = Math.min(from + size, count);
    place.textContent = t("from_to_of", { from, to: element.to - 1, of: count });
    back.disabled = from === 0;
    on.disabled = element.to >= count;
    element.hidden = count <= size;
  }
  element.recount = (now) => {
    if (now === count) return;
    count = now;
    show(0);
  };
  show(0);
  return element;
}

export function figure(text, value) {
  const number = h("b", { text: value });
  const element = h("div", { class: "figure" }, number, h("span", { text }));
  element.set = (next) => { number.textContent = next; };
  return element;
}

export function percent(share, digits = 2) {
  return share === null || share === undefined ? "–" : `${(share * 100).toFixed(digits)} %`;
}

// A number in about four significant digits.
export function short(value) {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e5 || size < 1e-3) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

let timer = 0;

// Tells something for a few seconds.
export function notice(text) {
  const element = document.getElementById("notice");
  element.textContent = text;
  element.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => element.classList.remove("shown"), 5000);
}

// A listener that tells what went wrong.
export function told(work) {
  return async (...values) => {
    try {
      return await work(...values);
    } catch (error) {
      notice(error.status ? `${t("refused")}: ${error.message}` : t("unreachable"));
      return null;
    }
  };
}

// Shows content beside the pointer; null hides it.
export function tip(content, x = 0, y = 0) {
  const element = document.getElementById("tip");
  element.hidden = content === null;
  if (content === null) return;
  element.replaceChildren(content);
  const box = element.getBoundingClientRect();
  element.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 8))}px`;
  element.style.top = `${Math.max(4, Math.min(y + 14, innerHeight - box.height - 8))}px`;
}
