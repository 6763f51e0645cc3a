"use strict";
// The network of this page, and how a drawing becomes its input: the same steps as nn-core's forward
// pass and nn-data's normalize_digit, in the same order and, where those round to f32, rounded too.

function bytesOf(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

// Weights are stored a row per input: f32, or i8 with a scale per unit.
function decode(model) {
  for (const layer of model.layers) {
    layer.b = new Float32Array(bytesOf(layer.biases).buffer);
    if (layer.scales) {
      const scales = new Float32Array(bytesOf(layer.scales).buffer);
      const small = new Int8Array(bytesOf(layer.weights).buffer);
      layer.w = Float32Array.from(small, (q, i) => q * scales[i % layer.outputs]);
    } else {
      layer.w = new Float32Array(bytesOf(layer.weights).buffer);
    }
  }
  return model;
}

const sigmoid = (z) => (z < 0 ? Math.exp(z) / (1 + Math.exp(z)) : 1 / (1 + Math.exp(-z)));
const activations = {
  sigmoid,
  tanh: Math.tanh,
  relu: (z) => (z < 0 ? 0 : z),
  identity: (z) => z,
  "leaky-relu": (z) => (z < 0 ? 0.01 * z : z),
  gelu: (z) => 0.5 * z * (1 + Math.tanh(0.7978845608028654 * (z + 0.044715 * z * z * z))),
  silu: (z) => z * sigmoid(z),
  softplus: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
  "lecun-tanh": (z) => 1.7159 * Math.tanh((2 / 3) * z),
};

function activate(name, z) {
  if (name !== "softmax") return z.map(activations[name]);
  const largest = z.reduce((a, b) => Math.max(a, b));
  const e = z.map((v) => Math.exp(v - largest));
  const sum = e.reduce((a, b) => a + b);
  return e.map((v) => v / sum);
}

// Forward: z = w a + b, a = σ(z), layer by layer. `pixels` are grey values, one per input.
function predict(model, pixels) {
  const n = model.normalization;
  let a = Float64Array.from(pixels, (pixel, i) => {
    const raw = pixel * model.unit;
    const x = n.kind === "scale" ? raw * n.factor : n.kind === "standardize" ? (raw - n.means[i]) / n.deviations[i] : raw;
    return Math.fround(x);
  });
  for (const { w, b, outputs, activation } of model.layers) {
    const z = Float64Array.from(b);
    a.forEach((value, k) => {
      if (value !== 0) for (let j = 0; j < outputs; j++) z[j] += value * w[k * outputs + j];
    });
    a = activate(activation, z);
  }
  return Array.from(a);
}

function borderMedian(pixels, width, height) {
  const counts = new Uint32Array(256);
  let total = 0;
  for (let y = 0; y < height; y++) {
    const inner = y > 0 && y + 1 < height;
    for (let x = 0; x < width; x += inner ? Math.max(width - 1, 1) : 1) counts[pixels[y * width + x]]++, total++;
    if (inner && width === 1) counts[pixels[y]]++, total++;
  }
  const half = Math.floor(total / 2);
  let seen = 0;
  return counts.findIndex((count) => (seen += count) > half);
}

// For each of `to` pixels, the first of the `from` pixels it is made of, and their weights.
function filter(from, to) {
  const scale = from / to, reach = Math.max(scale, 1);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(Math.floor(centre - reach), 0), last = Math.min(Math.ceil(centre + reach), from);
    const weight = (j) => Math.max(1 - Math.abs(j + 0.5 - centre) / reach, 0);
    let sum = 0;
    for (let j = first; j < last; j++) sum += weight(j);
    return [first, Array.from({ length: last - first }, (_, j) => Math.fround(weight(first + j) / sum))];
  });
}

function resized(plane, rows, columns) {
  const across = filter(plane.columns, columns), down = filter(plane.rows, rows);
  const narrow = new Float32Array(plane.rows * columns), values = new Float32Array(rows * columns);
  for (let y = 0; y < plane.rows; y++) across.forEach(([first, weights], x) => {
    let sum = 0;
    weights.forEach((w, j) => { sum = Math.fround(sum + Math.fround(plane.values[y * plane.columns + first + j] * w)); });
    narrow[y * columns + x] = sum;
  });
  down.forEach(([first, weights], y) => weights.forEach((w, j) => {
    for (let x = 0; x < columns; x++) values[y * columns + x] += Math.fround(w * narrow[(first + j) * columns + x]);
  }));
  return { rows, columns, values };
}

// Brings a picture into the form of MNIST's digits: light on black, in a box of 20 of 28 pixels, its
// centre of mass in the middle. Gives null for a blank picture.
function normalizeDigit(pixels, width, height, rows, columns) {
  const inverted = borderMedian(pixels, width, height) > 127;
  const picture = inverted ? pixels.map((pixel) => 255 - pixel) : pixels;
  const background = borderMedian(picture, width, height);
  const brightest = picture.reduce((a, b) => Math.max(a, b), 0);
  if (brightest - background < 32) return null;
  if (!inverted && height === rows && width === columns) return Uint8Array.from(picture);
  let top = height, bottom = 0, left = width, right = 0;
  const ink = Float32Array.from(picture, (pixel, i) => {
    const share = Math.max(pixel - background, 0) / (brightest - background);
    if (share < 0.1) return 0;
    const y = Math.floor(i / width), x = i % width;
    top = Math.min(top, y); bottom = Math.max(bottom, y); left = Math.min(left, x); right = Math.max(right, x);
    return share;
  });
  let digit = { rows: bottom + 1 - top, columns: right + 1 - left, values: [] };
  for (let y = top; y <= bottom; y++) digit.values.push(...ink.subarray(y * width + left, y * width + right + 1));
  const box = 20 / 28, scale = Math.min((rows * box) / digit.rows, (columns * box) / digit.columns);
  const side = (length, limit) => Math.min(Math.max(Math.round(length * scale), 1), limit);
  digit = resized(digit, side(digit.rows, rows), side(digit.columns, columns));
  let mass = 0, down = 0, across = 0;
  digit.values.forEach((value, i) => {
    mass += value; down += value * Math.floor(i / digit.columns); across += value * (i % digit.columns);
  });
  const place = (length, outer, moment) =>
    Math.min(Math.max(Math.round(Math.floor(outer / 2) - moment / mass), 0), outer - length);
  const startY = place(digit.rows, rows, down), startX = place(digit.columns, columns, across);
  const most = digit.values.reduce((a, b) => Math.max(a, b), 1.1754943508222875e-38);
  const image = new Uint8Array(rows * columns);
  digit.values.forEach((value, i) => {
    const at = (startY + Math.floor(i / digit.columns)) * columns + startX + (i % digit.columns);
    image[at] = Math.min(Math.floor(Math.fround(Math.fround(value / most) * 255) + 0.5), 255);
  });
  return image;
}
