"use strict";
(() => {
  const model = decode(JSON.parse(document.getElementById("model").textContent));
  const texts = {
    en: { about: "Draw a digit, with a mouse, a pen or a finger. A small neural network on this page says which it is; nothing leaves your device.", canvas: "Drawing area", clear: "Clear", undo: "Undo", empty: "Nothing is drawn yet.", faint: "There is too little to see.", is: "It looks like", unsure: "Not sure, perhaps", sees: "What the network sees", answers: "How sure it is", class: "class", confidence: "confidence", help: "The drawing is scaled into a box and centred as the digits were that the network learnt from." },
    es: { about: "Dibuja una cifra, con el ratón, un lápiz o el dedo. Una pequeña red neuronal en esta página dice cuál es; nada sale de tu dispositivo.", canvas: "Zona de dibujo", clear: "Borrar", undo: "Deshacer", empty: "Aún no hay nada dibujado.", faint: "Se ve demasiado poco.", is: "Parece", unsure: "No es seguro, quizá", sees: "Lo que ve la red", answers: "Cuán segura está", class: "clase", confidence: "confianza", help: "El dibujo se escala a una caja y se centra como las cifras de las que aprendió la red." },
  };
  const $ = (id) => document.getElementById(id);
  const canvas = $("canvas"), seen = $("seen"), size = canvas.width;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  const strokes = [];
  let drawing = null, language = document.documentElement.lang;

  function speak(to) {
    language = texts[to] ? to : "en";
    document.documentElement.lang = language;
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = texts[language][element.dataset.text];
    canvas.setAttribute("aria-label", texts[language].canvas);
    for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
    answer();
  }

  function redraw() {
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, size, size);
    pen.strokeStyle = pen.fillStyle = "#fff";
    pen.lineWidth = size / 14;
    pen.lineCap = pen.lineJoin = "round";
    for (const stroke of strokes) {
      pen.beginPath();
      pen.moveTo(stroke[0][0], stroke[0][1]);
      if (stroke.length === 1) pen.lineTo(stroke[0][0] + 0.01, stroke[0][1]);
      // Between the points a curve through their middles: no corners where events come seldom.
      for (let i = 1; i < stroke.length; i++) {
        const [x, y] = stroke[i], last = i + 1 === stroke.length;
        const [nx, ny] = last ? [x, y] : [(x + stroke[i + 1][0]) / 2, (y + stroke[i + 1][1]) / 2];
        pen.quadraticCurveTo(x, y, nx, ny);
      }
      pen.stroke();
    }
  }

  function answer() {
    const say = texts[language];
    const rgba = pen.getImageData(0, 0, size, size).data;
    const grey = new Uint8Array(size * size);
    for (let i = 0; i < grey.length; i++) grey[i] = rgba[4 * i];
    const image = strokes.length ? normalizeDigit(grey, size, size, model.rows, model.columns) : null;
    show(image);
    const outputs = image && predict(model, image);
    const best = outputs ? outputs.indexOf(Math.max(...outputs)) : -1;
    $("verdict").textContent = !strokes.length ? say.empty : !image ? say.faint
      : `${outputs[best] < 0.5 ? say.unsure : say.is} ${model.classNames[best]}`;
    document.body.dataset.answer = best < 0 ? "" : String(best);
    [...$("answers").tBodies[0].rows].forEach((row, i) => {
      const a = outputs ? Math.min(Math.max(outputs[i], 0), 1) : 0;
      row.classList.toggle("winner", i === best);
      row.querySelector("i").style.width = `${(100 * a).toFixed(1)}%`;
      row.lastElementChild.textContent = outputs ? outputs[i].toFixed(3) : "–";
    });
  }

  function show(image) {
    const small = seen.getContext("2d"), data = small.createImageData(model.columns, model.rows);
    for (let i = 0; i < model.rows * model.columns; i++) data.data.set([image ? image[i] : 0, image ? image[i] : 0, image ? image[i] : 0, 255], 4 * i);
    small.putImageData(data, 0, 0);
  }

  function point(event) {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * size) / box.width, ((event.clientY - box.top) * size) / box.height];
  }
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || drawing !== null) return;
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    drawing = event.pointerId;
    strokes.push([point(event)]);
    redraw();
    answer();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== drawing) return;
    const events = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const each of events.length ? events : [event]) strokes[strokes.length - 1].push(point(each));
    redraw();
    answer();
  });
  const end = (event) => { if (event.pointerId === drawing) drawing = null; };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  const change = (edit) => { drawing = null; edit(); redraw(); answer(); };
  $("clear").addEventListener("click", () => change(() => strokes.splice(0)));
  $("undo").addEventListener("click", () => change(() => strokes.pop()));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") change(() => strokes.splice(0));
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); change(() => strokes.pop()); }
  });
  for (const button of document.querySelectorAll("[data-language]")) button.addEventListener("click", () => speak(button.dataset.language));
  redraw();
  speak(document.documentElement.dataset.fixed ? language : (navigator.language || "en").slice(0, 2));
})();
