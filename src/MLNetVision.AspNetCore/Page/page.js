import { cocoOf, colourOf, maskPicture, mapOf, paint, spansOf } from "./segments.js";

const find = (selector, from = document) => from.querySelector(selector);
const copyOf = (id) => document.getElementById(id).content.cloneNode(true);
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1, roundingMode: "trunc" });
const whole = new Intl.NumberFormat("en");
const share = (score) => (score === null ? "no number" : percent.format(score));
const counted = (count, word) => `${whole.format(count)} ${word}${count === 1 ? "" : "s"}`;
const made = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text ?? "" });
const results = document.getElementById("results");

const say = (text) => { document.getElementById("status").textContent = text; };

// Light or dark: the system's choice until somebody chooses here; before the service is asked, which may take its time.
const theme = document.getElementById("theme"), root = document.documentElement, system = matchMedia("(prefers-color-scheme: dark)");
function setTheme(name) {
  if (name) root.dataset.theme = name;
  const isDark = (name ?? (system.matches ? "dark" : "light")) === "dark";
  theme.ariaPressed = String(isDark);
  return isDark;
}
let isDark = setTheme(localStorage.getItem("theme") ?? undefined);
theme.addEventListener("click", () => {
  const next = isDark ? "light" : "dark";
  localStorage.setItem("theme", next);
  isDark = setTheme(next);
});

// What the service knows.
const model = await (async () => {
  try {
    const answer = await fetch("model");
    if (!answer.ok) throw new Error(`it answers with ${answer.status}`);
    const known = await answer.json();
    const what = known.task === "classification" ? "Classification" : `${known.task[0].toUpperCase()}${known.task.slice(1)} segmentation`;
    document.title = `${known.model} – MLNetVision`;
    find("#model").textContent = known.model;
    find("#task").textContent = `${what} into ${whole.format(known.classes.length)} class${known.classes.length === 1 ? "" : "es"}`;
    find("#limits").textContent = `or paste them, or choose them. JPEG, PNG, WebP, BMP and GIF, up to ${sizeOf(known.limits.pictureBytes)} each.`;
    const list = find("#classes");
    find("summary", list).textContent = "What the model knows";
    find("ul", list).append(...known.classes.map((name) => made("li", "", name)));
    list.hidden = false;
    return known;
  } catch (e) {
    find("#task").textContent = `The service cannot be asked: ${e.message}.`;
    throw e;
  }
})();
const isUpright = model.turnsUpright ? "from-image" : "none";

function sizeOf(bytes) {
  return bytes < 1 << 20 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / (1 << 20)).toFixed(bytes % (1 << 20) ? 1 : 0)} MB`;
}

// One picture after the other, in their order: the service has other clients.
let turn = Promise.resolve();

function add(files) {
  for (const file of files) {
    const card = find(".card", copyOf("card"));
    const name = file.name || "Pasted picture";
    find("h2", card).textContent = name;
    find(".remove", card).setAttribute("aria-label", `Remove ${name}`);
    const stop = new AbortController();
    find(".remove", card).addEventListener("click", () => {
      stop.abort();
      const next = card.nextElementSibling ?? card.previousElementSibling;
      card.remove();
      document.body.classList.toggle("has-results", results.childElementCount > 0);
      (next ? find(".remove", next) : document.getElementById("files")).focus();
      say(`${name} is removed.`);
    });
    find(".facts", card).textContent = "Waits …";
    card.classList.add("waiting");
    results.append(card);
    document.body.classList.add("has-results");
    turn = turn.then(() => show(card, file, name, stop.signal));
  }
}

async function ask(file, query, signal) {
  if (file.size > model.limits.pictureBytes) {
    throw new Error(`The file has ${sizeOf(file.size)}; the service takes up to ${sizeOf(model.limits.pictureBytes)}.`);
  }
  for (let tries = 0; ; tries++) {
    let answer;
    try {
      answer = await fetch(`predict${query}`, { method: "POST", body: file, signal, headers: { "Content-Type": file.type.startsWith("image/") ? file.type : "application/octet-stream" } });
    } catch (e) {
      if (signal.aborted) throw e;
      throw new Error("The service cannot be reached. Is it still running?");
    }
    if (answer.ok) return answer.json();
    if (answer.status === 503 && tries < 5) {
      await new Promise((done) => setTimeout(done, 1000 * (Number(answer.headers.get("Retry-After")) || 1)));
      continue;
    }
    const problem = await answer.json().catch(() => null);
    throw new Error(problem?.detail ?? `The service answers with ${answer.status}.`);
  }
}

async function show(card, file, name, signal) {
  if (signal.aborted) return;
  const started = performance.now();
  find(".facts", card).textContent = "Looks at it …";
  try {
    const [answer, bitmap] = await Promise.all([ask(file, "", signal), createImageBitmap(file, { imageOrientation: isUpright }).catch(() => null)]);
    const facts = [bitmap && `${bitmap.width} × ${bitmap.height}`, sizeOf(file.size), `${whole.format(Math.round(performance.now() - started))} ms`].filter(Boolean).join(" · ");
    find(".facts", card).textContent = facts;
    find(".body", card).hidden = false;
    say(`${name}: ${answer.segments ? showSegments(card, file, name, answer, bitmap, signal) : showClasses(card, file, name, answer)}`);
  } catch (e) {
    if (signal.aborted) return;
    find(".facts", card).textContent = sizeOf(file.size);
    fail(card, e.message);
  } finally {
    card.classList.remove("waiting");
  }
}

function fail(card, message) {
  const problem = find(".problem", card);
  problem.textContent = message;
  problem.hidden = !message;
}

function picture(file, alt) {
  const image = new Image();
  image.alt = alt;
  image.src = URL.createObjectURL(file);
  image.style.imageOrientation = isUpright;
  image.addEventListener("load", () => {
    URL.revokeObjectURL(image.src);
    image.classList.toggle("tiny", image.naturalWidth < 48);
  }, { once: true });
  return image;
}

function showClasses(card, file, name, answer) {
  const figure = document.createElement("figure");
  figure.append(picture(file, name));
  find(".media", card).append(figure);
  find(".body", card).classList.add("classes");
  const list = made("ol", "bars");
  for (const { label, score } of answer.top ?? [answer]) {
    const item = document.createElement("li"), bar = made("div", "bar"), filled = document.createElement("span");
    filled.style.width = percent.format(score ?? 0);
    bar.append(filled);
    bar.ariaHidden = "true";
    item.append(made("span", "label", label), made("span", "score", share(score)), bar);
    list.append(item);
  }
  find(".panel", card).append(list);
  return `${answer.label}, ${share(answer.score)}.`;
}

function showSegments(card, file, name, answer, bitmap, signal) {
  const media = find(".media", card), panel = find(".panel", card);
  media.append(copyOf("segment-media"));
  panel.append(copyOf("segment-panel"));
  const canvas = find("canvas", card), context = canvas.getContext("2d"), label = find(".name", card);
  const slider = find(".threshold input", card), beside = find(".beside input", card);
  const original = picture(file, `Original of ${name}`);
  find(".original img", card).replaceWith(original);
  const hidden = new Set();
  let segments, visible, drawn, colours, scale, chosen = 0, served = model.scoreThreshold, asking = null;

  // Small pictures are drawn larger, large ones as large as a screen needs.
  function take(next) {
    answer = next;
    scale = Math.min(1600, Math.max(800, answer.width, answer.height)) / Math.max(answer.width, answer.height);
    const perSegment = model.task === "instance";
    segments = answer.segments.map((segment, i) => ({ ...segment, number: i + 1, spans: spansOf(segment.mask), colour: colourOf(perSegment ? segment.id : model.classes.indexOf(segment.label)) }));
    colours = [[0, 0, 0], ...segments.map((segment) => segment.colour)];
    const names = [...new Set(segments.map((segment) => segment.label))];
    const boxes = made("div", "");
    for (const text of names) {
      const check = made("label", "check"), input = document.createElement("input"), swatch = made("span", "swatch");
      Object.assign(input, { type: "checkbox", checked: !hidden.has(text) });
      input.addEventListener("change", () => { hidden[input.checked ? "delete" : "add"](text); filter(); });
      swatch.style.background = `rgb(${segments.find((segment) => segment.label === text).colour})`;
      check.append(input, swatch, text);
      boxes.append(check);
    }
    find(".shown", card).hidden = names.length === 0;
    find(".shown > div", card)?.remove();
    find(".shown", card).append(boxes);
    filter();
  }

  function filter() {
    visible = segments.filter((segment) => (segment.score === null || segment.score >= Number(slider.value)) && !hidden.has(segment.label));
    drawn = mapOf(visible, answer.width, answer.height, scale);
    [canvas.width, canvas.height] = [drawn.columns, drawn.rows];
    canvas.ariaLabel = `${name} with ${counted(visible.length, "segment")}`;
    find("h3", card).textContent = counted(visible.length, "segment");
    find(".segments", card).replaceChildren(...visible.map((segment) => {
      const item = document.createElement("li"), button = made("button", ""), swatch = made("span", "swatch");
      button.type = "button";
      button.dataset.number = segment.number;
      swatch.style.background = `rgb(${segment.colour})`;
      button.append(swatch, made("span", "label", segment.label), made("span", "", share(segment.score)), made("span", "count", `${whole.format(segment.area)} px`));
      for (const [event, number] of [["mouseenter", segment.number], ["mouseleave", 0], ["focus", segment.number], ["blur", 0]]) {
        button.addEventListener(event, () => choose(number));
      }
      item.append(button);
      return item;
    }));
    chosen = 0;
    draw();
  }

  function backdrop(on, width, height) {
    on.fillStyle = "#888";
    on.fillRect(0, 0, width, height);
    if (bitmap) on.drawImage(bitmap, 0, 0, width, height);
  }

  function draw() {
    backdrop(context, canvas.width, canvas.height);
    paint(context, drawn, colours, chosen, 2);
    const segment = segments[chosen - 1];
    label.hidden = !segment;
    if (segment) label.textContent = `${segment.label} · ${share(segment.score)} · ${whole.format(segment.area)} px (${percent.format(segment.area / (answer.width * answer.height))})`;
  }

  // The picture may be narrower than its canvas's place.
  function frame() {
    const box = canvas.getBoundingClientRect(), fit = Math.min(box.width / canvas.width, box.height / canvas.height);
    return { fit, left: (box.width - canvas.width * fit) / 2, top: (box.height - canvas.height * fit) / 2, box };
  }

  function choose(number, x, y) {
    if (number !== chosen) {
      chosen = number;
      for (const button of card.querySelectorAll(".segments button")) button.classList.toggle("on", Number(button.dataset.number) === number);
      draw();
    }
    if (!number) return;
    const { fit, left, top, box } = frame(), [x0, y0] = segments[number - 1].box;
    const place = (at, space, length) => `${Math.max(4, Math.min(at, space - length - 4))}px`;
    label.style.left = place(x === undefined ? left + x0 * scale * fit + 6 : x + 14, box.width, label.offsetWidth);
    label.style.top = place(y === undefined ? top + y0 * scale * fit + 6 : y + 16, box.height, label.offsetHeight);
  }

  canvas.addEventListener("pointermove", (event) => {
    const { fit, left, top } = frame();
    const column = Math.floor((event.offsetX - left) / fit), row = Math.floor((event.offsetY - top) / fit);
    const inside = column >= 0 && row >= 0 && column < drawn.columns && row < drawn.rows;
    choose(inside ? drawn.map[row * drawn.columns + column] : 0, event.offsetX, event.offsetY);
  });
  canvas.addEventListener("pointerleave", () => choose(0));
  find(".segments", card).addEventListener("keydown", (event) => {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    if (!step) return;
    event.preventDefault();
    find("button", event.target.closest("li")[step] ?? event.target.closest("li")).focus();
  });

  // While it moves, what is known is filtered; then the service says what it makes of the new score.
  function score() { find(".threshold output", card).textContent = percent.format(slider.value); }
  slider.value = served;
  slider.addEventListener("input", () => { score(); filter(); });
  slider.addEventListener("change", async () => {
    asking?.abort();
    const mine = asking = new AbortController();
    const wanted = Number(slider.value);
    if (wanted === served) return;
    card.classList.add("busy");
    try {
      const next = await ask(file, `?score_threshold=${wanted}`, AbortSignal.any([signal, mine.signal]));
      served = wanted;
      fail(card, "");
      take(next);
      say(`${name}: ${counted(visible.length, "segment")} from a score of ${percent.format(wanted)}.`);
    } catch (e) {
      if (!mine.signal.aborted && !signal.aborted) fail(card, e.message);
    } finally {
      if (asking === mine) card.classList.remove("busy");
    }
  });
  function arrange() {
    find(".original", card).hidden = !beside.checked;
    media.classList.toggle("two", beside.checked);
  }
  beside.addEventListener("change", arrange);

  const stem = name.replace(/\.[^.]*$/, "");
  const files = {
    overlay: async () => {
      const sheet = new OffscreenCanvas(answer.width, answer.height), on = sheet.getContext("2d");
      backdrop(on, answer.width, answer.height);
      paint(on, mapOf(visible, answer.width, answer.height), colours, 0, 1);
      return [await sheet.convertToBlob({ type: "image/png" }), `${stem}-overlay.png`];
    },
    mask: async () => {
      const sheet = new OffscreenCanvas(answer.width, answer.height);
      sheet.getContext("2d").putImageData(maskPicture(mapOf(visible, answer.width, answer.height)), 0, 0);
      return [await sheet.convertToBlob({ type: "image/png" }), `${stem}-mask.png`];
    },
    coco: async () => [new Blob([JSON.stringify(cocoOf(name, answer, visible, model.classes))], { type: "application/json" }), `${stem}-coco.json`],
  };
  for (const button of card.querySelectorAll("[data-save]")) {
    button.addEventListener("click", async () => {
      const [blob, fileName] = await files[button.dataset.save]();
      const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: fileName });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
      say(`${fileName} is saved.`);
    });
  }

  score();
  arrange();
  take(answer);
  const found = visible.slice(0, 5).map((segment) => `${segment.label} ${share(segment.score)}`).join(", ");
  return visible.length ? `${counted(visible.length, "segment")}: ${found}${visible.length > 5 ? " and others" : ""}.` : "no segments.";
}

// Choosing, dropping, pasting.
const chooser = document.getElementById("files"), drop = document.getElementById("drop");
chooser.addEventListener("change", () => { add(chooser.files); chooser.value = ""; });
let inside = 0;
document.addEventListener("dragenter", () => drop.classList.toggle("over", ++inside > 0));
document.addEventListener("dragleave", () => drop.classList.toggle("over", --inside > 0));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  inside = 0;
  drop.classList.remove("over");
  add(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => add(event.clipboardData.files));
