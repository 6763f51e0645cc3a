// Train: start, watch and steer.

import { get, post } from "./api.js";
import { bars, lines } from "./charts.js";
import { button, card, field, figure, h, knob, pager, percent, select, short, told } from "./elements.js";
import { bytes, canvas, signedBytes } from "./pictures.js";
import { t } from "./words.js";

const ACTIVATIONS = ["sigmoid", "tanh", "relu", "leaky-relu", "gelu", "silu", "softplus", "lecun-tanh"];
const COSTS = ["quadratic", "cross-entropy", "softmax-cross-entropy"];
// Published sets of augmentation, by the names recipes know.
export const PRESETS = ["expand-mnist", "simard-2003", "ciresan-2010"];
const OPTIMIZERS = ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"];
const INITS = ["", "standard-normal", "scaled-normal", "xavier-normal", "he-normal"];
// Units of the first layer that are drawn at a time.
const UNITS = 100;

export function trainTab(panel, shared) {
  let state = null;
  let source = null;
  let serial = shared.status.model.serial;
  const plan = { hidden: "30", activation: "sigmoid", cost: "quadratic", init: "", seed: 3, epochs: 30, current: false };
  const training = { learning_rate: 3, momentum: 0, lambda: 0, batch_size: 10, optimizer: "sgd", dropout: 0, pause: 0 };
  const shapes = { preset: "", shift: 0, rotation: 0, shear: 0, scale: 0, alpha: 0 };

  const number = (key, from, to, step = 1) => h("input", {
    type: "number", min: String(from), max: String(to), step: String(step), value: String(plan[key]), id: `plan-${key}`,
    oninput: (event) => { plan[key] = Number(event.target.value); },
  });
  const hidden = h("input", { type: "text", value: plan.hidden, id: "plan-hidden", oninput: (event) => { plan.hidden = event.target.value; } });
  const choice = (options, key) => select(options.map((name) => [name, name || t("usual")]), plan[key], (value) => { plan[key] = value; });

  const phase = h("b", { id: "phase" });
  const place = h("span", { class: "soft", id: "place" });
  const message = h("p", { class: "bad", id: "train-message", role: "alert" });
  const speed = figure(t("samples_per_second"), "–");
  const accuracy = figure(t("held_out_accuracy"), "–");
  const trainAccuracy = figure(t("train_accuracy"), "–");
  const time = figure(t("time"), "–");

  const batchCost = lines({ label: t("batch_cost"), xName: t("mini_batches"), yFrom: 0 });
  const batchAccuracy = lines({ label: t("batch_accuracy"), xName: t("mini_batches"), yFrom: 0, yTo: 1, yText: (v) => percent(v, 0) });
  const epochCost = lines({ label: t("epoch_cost"), xName: t("epochs"), yFrom: 0 });
  const epochAccuracy = lines({ label: t("epoch_accuracy"), xName: t("epochs"), yText: (v) => percent(v, 1) });
  const layers = h("div", { id: "layer-figures", class: "scroll" });
  const looks = h("div", { class: "tiles", id: "looks-for" });
  const pages = pager(0, UNITS, () => showWeights());
  const spreads = h("div", { id: "spreads" });

  const command = (name) => told(() => post(`/api/train/${name}`));
  const start = button(t("start"), told(async () => {
    const network = plan.current ? {} : { network: {
      hidden: plan.hidden.split(/[\s,;-]+/).filter(Boolean).map(Number),
      activation: plan.activation, cost: plan.cost, seed: plan.seed, ...(plan.init ? { init: plan.init } : {}),
    } };
    await post("/api/train/start", { ...network, training: { epochs: plan.epochs, ...table() }, pause: training.pause });
  }), "main", { id: "start" });
  const pause = button(t("pause"), () => command(state.phase === "paused" ? "resume" : "pause")(), "", { id: "pause" });
  const step = button(t("step"), command("step"), "", { id: "step", title: t("step_tip") });
  const epoch = button(t("one_epoch"), command("epoch"), "", { id: "one-epoch", title: t("one_epoch_tip") });
  const stop = button(t("stop"), command("stop"), "", { id: "stop" });

  // The training table as the server takes it.
  function table() {
    const { momentum, optimizer, pause: _, dropout, ...rest } = training;
    const moved = optimizer === "sgd" && momentum > 0 ? "momentum" : optimizer;
    const takes = ["momentum", "nesterov"].includes(moved);
    const result = { ...rest, optimizer: takes ? { name: moved, momentum } : moved };
    result.dropout = { hidden: dropout };
    result.augment = shapes.preset || ownShapes();
    return result;
  }

  // What the knobs of augmentation ask for.
  function ownShapes() {
    const { shift, rotation, shear, scale, alpha } = shapes;
    if (!(shift || rotation || shear || scale || alpha)) return "none";
    return { shift, rotation, shear, scale_x: scale, scale_y: scale, ...(alpha ? { elastic: { sigma: 4, alpha } } : {}) };
  }

  const send = told(async () => {
    if (active()) await post("/api/train/settings", { training: table(), pause: training.pause });
  });
  for (const each of [pause, step, epoch, stop]) each.disabled = true;
  const active = () => ["running", "paused"].includes(state?.phase);

  const knobs = {
    learning_rate: knob(t("learning_rate"), {
      min: -4, max: 1.5, step: 0.05, value: Math.log10(3), show: (v) => short(10 ** v), tip: t("learning_rate_tip"), id: "learning-rate",
      onchange: (v) => { training.learning_rate = Number((10 ** v).toPrecision(3)); send(); },
    }),
    momentum: knob(t("momentum"), {
      min: 0, max: 0.99, step: 0.01, value: 0, show: (v) => v.toFixed(2), tip: t("momentum_tip"),
      onchange: (v) => { training.momentum = v; send(); },
    }),
    lambda: knob(t("l2"), {
      min: 0, max: 20, step: 0.1, value: 0, show: short, tip: t("l2_tip"), onchange: (v) => { training.lambda = v; send(); },
    }),
    dropout: knob(t("dropout"), {
      min: 0, max: 0.8, step: 0.05, value: 0, show: (v) => percent(v, 0), tip: t("dropout_tip"), onchange: (v) => { training.dropout = v; send(); },
    }),
    batch_size: knob(t("batch_size"), {
      min: 0, max: 9, step: 1, value: 3, show: (v) => String([1, 2, 5, 10, 20, 32, 64, 128, 256, 512][v]), tip: t("batch_size_tip"),
      onchange: (v) => { training.batch_size = [1, 2, 5, 10, 20, 32, 64, 128, 256, 512][v]; send(); },
    }),
    pause: knob(t("slow_motion"), {
      min: 0, max: 1000, step: 20, value: 0, show: (v) => (v ? `${v} ms` : t("off")), tip: t("slow_motion_tip"), id: "slow",
      onchange: (v) => { training.pause = v; send(); },
    }),
  };
  const shaping = [
    ["shift", 4, 1, " px"], ["rotation", 30, 1, "°"], ["shear", 30, 1, "°"], ["scale", 30, 1, " %"], ["alpha", 60, 2, ""],
  ].map(([key, max, step, unit]) => knob(t(`augment_${key}`), {
    min: 0, max, step, value: 0, show: (v) => `${v}${unit}`, tip: t(`augment_${key}_tip`), id: `train-${key}`,
    onchange: (v) => { shapes[key] = v; send(); },
  }));
  const preset = select([["", t("own_augmentation")], ...PRESETS.map((name) => [name, name])], "", (value) => {
    shapes.preset = value;
    for (const each of shaping) each.disable(value !== "");
    send();
  });
  preset.id = "train-augment";

  // Shows a state of the event stream. The answers to commands hold states too, but they come over
  // other connections, and may arrive after the event that tells what became of the command.
  function receive(next) {
    const before = state;
    state = next;
    phase.textContent = t(`phase_${next.phase}`);
    document.documentElement.dataset.training = next.phase;
    place.textContent = next.job
      ? `${next.network} · ${t("epoch")} ${next.epoch}/${next.epochs} · ${t("mini_batch")} ${next.batch}/${next.batches}` : t("nothing_trained");
    message.textContent = next.message ?? "";
    const last = next.history.at(-1);
    speed.set(next.job ? Math.round(next.samples_per_second).toLocaleString(document.documentElement.lang) : "–");
    accuracy.set(last ? percent(last.accuracy) : "–");
    trainAccuracy.set(last ? percent(last.train_accuracy) : "–");
    time.set(next.job ? `${next.seconds.toFixed(1)} s` : "–");
    const curve = ({ every, points }, name, i) => ({ name, points: points.map((v, j) => [(j + 0.5) * every, v]), thin: false, colour: i });
    batchCost.update({ series: next.batch_cost.points.length ? [curve(next.batch_cost, t("cost"), 0)] : [] });
    batchAccuracy.update({ series: next.batch_accuracy.points.length ? [curve(next.batch_accuracy, t("accuracy"), 2)] : [] });
    const held = t(`part_${next.held_out}`);
    const line = (key, name, i) => ({ name, points: next.history.map((e) => [e.epoch, e[key]]), colour: i });
    epochCost.update({ series: [line("train_cost", t("part_train"), 0), line("cost", held, 1)] });
    epochAccuracy.update({ series: [line("train_accuracy", t("part_train"), 0), line("accuracy", held, 1)] });
    showLayers(next.layers);
    pause.textContent = t(next.phase === "paused" ? "resume" : "pause");
    start.disabled = active();
    for (const each of [pause, step, epoch, stop]) each.disabled = !active();
    if (before && before.phase !== next.phase && !active()) told(shared.refresh)();
  }

  function showLayers(figures) {
    const most = Math.max(1e-12, ...figures.map((f) => f.gradient_norm ?? 0));
    const row = (f) => {
      const bar = h("i");
      bar.style.width = `${(f.gradient_norm ?? 0) / most * 100}%`;
      const dead = f.dead_units === null ? "–" : percent(f.dead_units, 0);
      return [h("span", { text: `${t("layer")} ${f.layer}` }), h("div", { class: "bar", title: t("gradient") }, bar), h("span", { text: short(f.gradient_norm) }),
        h("span"), h("small", { text: `${t("dead")} ${dead} · ${t("saturated")} ${f.saturated === null ? "–" : percent(f.saturated, 0)} · |w| ${short(f.weight_norm)}` }), h("span")];
    };
    layers.replaceChildren(h("div", { class: "bars" }, figures.flatMap(row)));
  }

  const showWeights = told(async () => {
    const weights = await get(`/api/train/weights?from=${pages.from}&count=${UNITS}`);
    pages.recount(weights.units);
    // Of another network than before, the first units.
    if (pages.from !== weights.from) {
      showWeights();
      return;
    }
    const side = shared.status.model.image_shape;
    if (looks.childElementCount !== weights.looks_for.length || looks.dataset.from !== String(weights.from)) {
      looks.dataset.from = String(weights.from);
      const number = (i) => String(weights.from + i);
      looks.replaceChildren(...weights.looks_for.map((_, i) => h("div", { class: "tile" }, canvas(side, `${t("unit")} ${number(i)}`), h("span", { text: number(i) }))));
    }
    weights.looks_for.forEach((picture, i) => signedBytes(looks.children[i].firstChild, bytes(picture)));
    if (spreads.childElementCount !== weights.layers.length) {
      spreads.replaceChildren(...weights.layers.map((spread) => bars({ label: `${t("layer")} ${spread.layer}`, xName: `${t("weights_of_layer")} ${spread.layer}`, height: 150 })));
    }
    weights.layers.forEach((spread, i) => {
      const names = spread.now.map((_, j) => ((j + 0.5) / spread.now.length * 2 - 1) * spread.reach).map((v) => v.toFixed(1));
      spreads.children[i].update({ names, sets: [{ name: t("now"), values: spread.now }, { name: t("at_start"), values: spread.start, colour: 1, outline: true }] });
    });
  });

  let timer = 0;
  let retry = 0;
  function connect() {
    source ??= new EventSource("/api/train/events");
    source.onmessage = (event) => receive(JSON.parse(event.data));
    // A browser tries again by itself where the connection broke, not where it was refused.
    source.onerror = () => {
      if (source?.readyState !== EventSource.CLOSED) return;
      disconnect();
      retry = setTimeout(connect, 2000);
    };
    clearInterval(timer);
    // Weights are heavier than curves: once a second, if anything has changed.
    let shown = state;
    timer = setInterval(() => {
      if (shown === state) return;
      shown = state;
      showWeights();
    }, 1000);
    showWeights();
  }

  function disconnect() {
    source?.close();
    source = null;
    clearInterval(timer);
    clearTimeout(retry);
  }

  panel.replaceChildren(h("div", { class: "columns" },
    h("div", { class: "stack narrow" },
      card(t("network"), "",
        h("div", { class: "fields" },
          field(t("hidden_units"), hidden), field(t("epochs"), number("epochs", 1, 10000)),
          field(t("activation"), choice(ACTIVATIONS, "activation")), field(t("cost"), choice(COSTS, "cost")),
          field(t("init"), choice(INITS, "init")), field(t("seed"), number("seed", 0, 1e9)),
          field(t("optimizer"), select(OPTIMIZERS.map((name) => [name, name]), "sgd", (value) => { training.optimizer = value; send(); }))),
        h("label", { class: "check" }, h("input", { type: "checkbox", id: "plan-current", onchange: (event) => { plan.current = event.target.checked; } }), t("go_on_with_current"))),
      card(t("while_it_runs"), "", h("p", { class: "soft", text: t("while_it_runs_help") }), Object.values(knobs),
        field(t("augmentation"), preset), shaping)),
    h("div", { class: "stack most" },
      card(t("tab_train"), "",
        h("div", { class: "row" }, start, pause, step, epoch, stop,
          button(t("restore"), told(async () => { await post("/api/model/restore"); await shared.refresh(); showWeights(); }), "quiet")),
        h("div", { class: "row" }, phase, place), message,
        h("div", { class: "figures" }, accuracy, trainAccuracy, speed, time)),
      h("div", { class: "columns" },
        card(t("batch_cost"), "half", batchCost), card(t("batch_accuracy"), "half", batchAccuracy),
        card(t("epoch_cost"), "half", epochCost), card(t("epoch_accuracy"), "half", epochAccuracy),
        card(t("gradients"), "half", h("p", { class: "soft", text: t("gradients_help") }), layers),
        card(t("weight_spread"), "half", spreads),
        card(t("looks_for"), "wide", h("p", { class: "soft", text: t("looks_for_help") }), pages, looks)))));
  return { show: connect, hide: disconnect, close: disconnect };
}
