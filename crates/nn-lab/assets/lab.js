// The page: tabs, language, theme, and what all tabs know of the model.

import { get } from "./api.js";
import { h, told } from "./elements.js";
import { language, setLanguage, t } from "./words.js";
import { drawTab } from "./draw.js";
import { dataTab } from "./data.js";
import { trainTab } from "./train.js";
import { evaluateTab } from "./evaluate.js";
import { insideTab } from "./inside.js";
import { hintsTab } from "./hints.js";

const TABS = [
  ["draw", drawTab], ["data", dataTab], ["train", trainTab],
  ["evaluate", evaluateTab], ["inside", insideTab], ["hints", hintsTab],
];

// What the tabs share. `status` is the server's answer, `go` opens a tab, `refresh` asks anew.
const shared = { status: null, go, refresh, seen: null, onmodel: [] };
const open = new Map();

async function refresh() {
  const before = shared.status?.model.serial;
  shared.status = await get("/api/status");
  const { model, data } = shared.status;
  document.getElementById("model").textContent =
    `${model.sizes.join("-")} · ${model.epochs ? t("epochs_trained", { n: model.epochs }) : t("untrained")} · ${data.name}`;
  if (before !== undefined && before !== model.serial) {
    for (const listener of shared.onmodel) listener();
  }
  return shared.status;
}

function go(name) {
  for (const [key] of TABS) {
    const chosen = key === name;
    const tab = document.getElementById(`tab-${key}`);
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    document.getElementById(`panel-${key}`).hidden = !chosen;
    const live = open.get(key);
    if (!chosen) live?.hide?.();
  }
  if (!open.has(name)) {
    const [, make] = TABS.find(([key]) => key === name);
    open.set(name, make(document.getElementById(`panel-${name}`), shared) ?? {});
  }
  open.get(name).show?.();
  if (location.hash !== `#${name}`) history.replaceState(null, "", `#${name}`);
}

function build() {
  document.documentElement.lang = language();
  for (const element of document.querySelectorAll("[data-word]")) {
    element.textContent = t(element.dataset.word);
  }
  const list = document.getElementById("tabs");
  list.setAttribute("aria-label", t("tabs"));
  list.replaceChildren(...TABS.map(([key]) => h("button", {
    type: "button", role: "tab", id: `tab-${key}`, "aria-controls": `panel-${key}`,
    text: t(`tab_${key}`), onclick: () => go(key),
  })));
  for (const live of open.values()) live.close?.();
  open.clear();
  shared.onmodel.length = 0;
  document.getElementById("panels").replaceChildren(...TABS.map(([key]) => h("div", {
    role: "tabpanel", id: `panel-${key}`, "aria-labelledby": `tab-${key}`, hidden: true,
  })));
  document.getElementById("language").textContent = language() === "en" ? "Español" : "English";
  document.getElementById("language").lang = language() === "en" ? "es" : "en";
  showTheme();
  const wanted = location.hash.slice(1);
  go(TABS.some(([key]) => key === wanted) ? wanted : "draw");
}

// Arrow keys move along the tabs, as in every tab list.
document.getElementById("tabs").addEventListener("keydown", (event) => {
  const at = TABS.findIndex(([key]) => document.getElementById(`tab-${key}`).tabIndex === 0);
  const moves = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: TABS.length - 1 };
  if (!(event.key in moves)) return;
  event.preventDefault();
  const [key] = TABS[(moves[event.key] + TABS.length) % TABS.length];
  go(key);
  document.getElementById(`tab-${key}`).focus();
});

function stored(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

function store(name, value) {
  try { localStorage.setItem(name, value); } catch { /* Private windows forget. */ }
}

const THEMES = ["auto", "light", "dark"];

function showTheme() {
  const theme = document.documentElement.dataset.theme;
  document.getElementById("theme").textContent = t(`theme_${theme}`);
}

document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  root.dataset.theme = THEMES[(THEMES.indexOf(root.dataset.theme) + 1) % THEMES.length];
  store("theme", root.dataset.theme);
  showTheme();
});

document.getElementById("language").addEventListener("click", told(async () => {
  setLanguage(language() === "en" ? "es" : "en");
  store("language", language());
  await refresh();
  build();
}));

addEventListener("hashchange", () => {
  const wanted = location.hash.slice(1);
  if (TABS.some(([key]) => key === wanted)) go(wanted);
});

const theme = stored("theme");
if (THEMES.includes(theme)) document.documentElement.dataset.theme = theme;
setLanguage(stored("language") ?? (navigator.language.startsWith("es") ? "es" : "en"));
await told(refresh)();
if (shared.status) {
  build();
  document.documentElement.dataset.ready = "true";
} else {
  document.getElementById("panels").textContent = t("unreachable");
}
