// Images from the server on canvases.

import { h } from "./elements.js";

export function bytes(base64) {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

export function canvas(shape, label) {
  const [rows, columns] = shape;
  return h("canvas", { class: "picture", width: columns, height: rows, role: "img", "aria-label": label ?? "" });
}

function paint(target, count, colour) {
  const context = target.getContext("2d");
  const image = context.createImageData(target.width, target.height);
  for (let i = 0; i < count; i++) {
    const [r, g, b] = colour(i);
    image.data.set([r, g, b, 255], i * 4);
  }
  context.putImageData(image, 0, 0);
}

// Grey values, 0 black.
export function grey(target, pixels) {
  paint(target, pixels.length, (i) => [pixels[i], pixels[i], pixels[i]]);
}

const FOR = [90, 150, 255];
const AGAINST = [255, 120, 60];

// Numbers around 0: blue above, orange below, black at 0. `range` is what is fully coloured.
export function signed(target, values, range = 0) {
  const most = range || values.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
  paint(target, values.length, (i) => {
    const share = Math.max(-1, Math.min(1, values[i] / most));
    const colour = share > 0 ? FOR : AGAINST;
    return colour.map((c) => c * Math.abs(share));
  });
}

// Bytes around 128, as the server sends weights.
export function signedBytes(target, pixels) {
  signed(target, Array.from(pixels, (pixel) => pixel - 128), 127);
}

// A picture with a line below.
export function tile(picture, shape, caption, { size = "", onclick, label } = {}) {
  const target = canvas(shape, label ?? caption);
  grey(target, bytes(picture));
  const content = [target, caption instanceof Node ? caption : h("span", { text: caption })];
  const tag = onclick ? "button" : "div";
  return h(tag, { class: `tile ${size}`, type: onclick ? "button" : null, onclick }, ...content);
}
