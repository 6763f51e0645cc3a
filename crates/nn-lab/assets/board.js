// The board to draw on, with mouse, finger, pen or keyboard.

import { h } from "./elements.js";

const SIDE = 280;
// What is sent: enough to be scaled down well, and small enough to be sent at every stroke.
const SENT = 84;

export function board({ label, onchange }) {
  const canvas = h("canvas", { class: "board", width: SIDE, height: SIDE, tabindex: "0", role: "img", "aria-label": label, id: "board" });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const small = new OffscreenCanvas(SENT, SENT).getContext("2d", { willReadFrequently: true });
  let brush = 22;
  let last = null;
  let cursor = { x: SIDE / 2, y: SIDE / 2 };
  let blank = true;

  function wipe() {
    context.fillStyle = "#000";
    context.fillRect(0, 0, SIDE, SIDE);
    blank = true;
  }

  // A line from the last point to this one, so that fast strokes have no gaps.
  function stroke(x, y) {
    const from = last ?? { x, y };
    context.strokeStyle = "#fff";
    context.lineCap = "round";
    context.lineJoin = "round";
    context.lineWidth = brush;
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(x + 0.01, y);
    context.stroke();
    last = { x, y };
    blank = false;
  }

  function place(event) {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width * SIDE, (event.clientY - box.top) / box.height * SIDE];
  }

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    canvas.setPointerCapture(event.pointerId);
    last = null;
    stroke(...place(event));
    onchange();
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last || !canvas.hasPointerCapture(event.pointerId)) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) stroke(...place(each));
    onchange();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => { last = null; });
  }

  // Arrow keys move, with Shift they draw; Space makes a dot.
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const move = moves[event.key];
    if (!move && event.key !== " ") return;
    event.preventDefault();
    const from = cursor;
    if (move) {
      const clamp = (value) => Math.max(10, Math.min(SIDE - 10, value));
      cursor = { x: clamp(cursor.x + move[0] * 10), y: clamp(cursor.y + move[1] * 10) };
    }
    if (event.shiftKey || event.key === " ") {
      last = from;
      stroke(cursor.x, cursor.y);
      last = null;
      onchange();
    }
  });

  wipe();
  return {
    element: canvas,
    get blank() { return blank; },
    setBrush(width) { brush = width; },
    clear() { wipe(); onchange(); },
    // Shows an image of the data, as if it had been drawn.
    show(pixels, [rows, columns]) {
      const image = new ImageData(columns, rows);
      pixels.forEach((pixel, i) => image.data.set([pixel, pixel, pixel, 255], i * 4));
      const sheet = new OffscreenCanvas(columns, rows);
      sheet.getContext("2d").putImageData(image, 0, 0);
      wipe();
      context.imageSmoothingEnabled = false;
      context.drawImage(sheet, 0, 0, SIDE, SIDE);
      blank = false;
    },
    // What is drawn, as `{ width, height, pixels }`.
    drawing() {
      small.imageSmoothingEnabled = true;
      small.imageSmoothingQuality = "high";
      small.drawImage(canvas, 0, 0, SENT, SENT);
      const { data } = small.getImageData(0, 0, SENT, SENT);
      const pixels = new Array(SENT * SENT);
      for (let i = 0; i < pixels.length; i++) pixels[i] = data[i * 4];
      return { width: SENT, height: SENT, pixels };
    },
  };
}
