// Hints: what goes wrong, why, and the mend to click.

import { get, post } from "./api.js";
import { button, card, h, notice, told } from "./elements.js";
import { language, t } from "./words.js";

export function hintsTab(panel, shared) {
  const list = h("div", { id: "hint-list", "aria-live": "polite" });
  let timer = 0;

  const look = told(async () => {
    const { hints, evidence } = await get(`/api/hints?language=${language()}`);
    const items = hints.map((hint) => h("div", { class: `hint ${hint.kind === "still_learning" ? "" : "warning"}` },
      h("h3", { text: hint.title }), h("p", { text: hint.why }), h("p", {}, h("b", { text: `${t("mend")}: ` }), hint.mend),
      h("div", { class: "row" }, hint.mends.map((mend) => button(`${mend.setting} = ${mend.value}`, apply(mend), mend.live ? "main" : "", {
        title: t(mend.live ? "mend_live" : "mend_new"),
      })))));
    list.replaceChildren(...items.length ? items : [h("p", { text: t(evidence ? "no_hints" : "no_evidence") })]);
  });

  // A mend is applied to the training that runs, or starts a new one with it.
  const apply = (mend) => told(async () => {
    await post("/api/hints/apply", { setting: mend.setting, value: mend.value });
    notice(t(mend.live ? "mend_applied" : "mend_started", { setting: mend.setting, value: mend.value }));
    await shared.refresh();
    await look();
    if (!mend.live) shared.go("train");
  });

  const glossary = ["learning_rate", "momentum", "l2", "dropout", "batch_size"].map((word) =>
    h("details", {}, h("summary", { text: t(word) }), h("p", { class: "soft", text: t(`${word}_tip`) })));
  panel.replaceChildren(h("div", { class: "columns" },
    card(t("tab_hints"), "broad", h("p", { class: "soft", text: t("hints_help") }), list),
    card(t("knobs_explained"), "", glossary)));
  function hide() {
    clearInterval(timer);
  }
  return {
    show() {
      look();
      hide();
      timer = setInterval(look, 3000);
    },
    hide,
    close: hide,
  };
}
