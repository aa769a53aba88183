// Segments as the service answers with them: run lengths in, pixels and files out.

/** The colour of a number: the same that the service's own overlays have. */
export function colourOf(number) {
  const hue = ((0.02 + number * 0.6180339887498949) % 1) * 6;
  const saturation = (95 - (Math.floor(number / 3) % 3) * 20) / 100;
  const value = (100 - (Math.floor(number / 5) % 3) * 17) / 100;
  const part = (n) => {
    const k = (n + hue) % 6;
    return Math.round(255 * value * (1 - saturation * Math.max(0, Math.min(k, 4 - k, 1))));
  };
  return [part(5), part(3), part(1)];
}

/** COCO's compressed run lengths as spans of columns: x, first y, y behind the last, and so on. */
export function spansOf({ size: [height], counts }) {
  const spans = [], lengths = [];
  let place = 0;
  for (let i = 0; i < counts.length;) {
    let value = 0, shift = 0, group;
    do {
      group = counts.charCodeAt(i++) - 48;
      value |= (group & 31) << shift;
      shift += 5;
    } while (group & 32);
    if (group & 16 && shift < 32) value |= -1 << shift;
    if (lengths.length > 2) value += lengths[lengths.length - 2];
    lengths.push(value);
    if (lengths.length % 2 === 0) {
      for (let from = place, end = place + value; from < end;) {
        const x = Math.floor(from / height), to = Math.min(end, (x + 1) * height);
        spans.push(x, from - x * height, to - x * height);
        from = to;
      }
    }
    place += value;
  }
  return Int32Array.from(spans);
}

/** A map of numbers from 1, of segments in their order, the first on top; 0 is none. */
export function mapOf(segments, width, height, scale = 1) {
  const columns = Math.round(width * scale), rows = Math.round(height * scale);
  const map = new Uint16Array(columns * rows);
  for (let i = segments.length - 1; i >= 0; i--) {
    const { spans, number } = segments[i];
    for (let s = 0; s < spans.length; s += 3) {
      const left = Math.floor(spans[s] * scale), right = Math.min(columns, Math.max(left + 1, Math.floor((spans[s] + 1) * scale)));
      const top = Math.floor(spans[s + 1] * scale), bottom = Math.min(rows, Math.max(top + 1, Math.floor(spans[s + 2] * scale)));
      for (let y = top; y < bottom; y++) map.fill(number, y * columns + left, y * columns + right);
    }
  }
  return { map, columns, rows };
}

/** Draws a map over what a canvas shows: filled, with outlines; one number may stand out. */
export function paint(context, { map, columns, rows }, colours, chosen, line) {
  const layer = new ImageData(columns, rows), data = layer.data;
  for (let y = 0, i = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++, i++) {
      const number = map[i];
      if (!number) continue;
      const edge = x < line || y < line || x >= columns - line || y >= rows - line
        || map[i - line] !== number || map[i + line] !== number || map[i - line * columns] !== number || map[i + line * columns] !== number;
      data.set(colours[number], i * 4);
      data[i * 4 + 3] = edge ? 255 : chosen === 0 ? 115 : number === chosen ? 165 : 45;
    }
  }
  const sheet = new OffscreenCanvas(columns, rows);
  sheet.getContext("2d").putImageData(layer, 0, 0);
  context.drawImage(sheet, 0, 0);
}

/** The map as COCO's panoptic pictures have it: red + 256 · green + 65536 · blue is the number. */
export function maskPicture({ map, columns, rows }) {
  const picture = new ImageData(columns, rows);
  map.forEach((number, i) => picture.data.set([number & 255, number >> 8, 0, 255], i * 4));
  return picture;
}

/** Segments as a COCO instance file of one picture. */
export function cocoOf(name, answer, segments, classes) {
  return {
    images: [{ id: 1, file_name: name, width: answer.width, height: answer.height }],
    categories: classes.map((label, i) => ({ id: i + 1, name: label })),
    annotations: segments.map(({ label, score, area, box: [x0, y0, x1, y1], mask }, i) => ({
      id: i + 1, image_id: 1, category_id: classes.indexOf(label) + 1, segmentation: mask, area, bbox: [x0, y0, x1 - x0, y1 - y0], iscrowd: 0, score,
    })),
  };
}
