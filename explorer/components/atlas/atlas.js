// The map in the page. Gradio calls this with element, props, watch and trigger (__init__.py beside it).
const LIMIT = 3.5; // standard deviations from the middle to an edge
const LARGEST_SIDE = 480; // px
const STEP = 0.1, LONG_STEP = 0.5; // standard deviations for one press of an arrow key
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const SLIP = 3; // px a finger may slip on a dot before its click is a drag
const CLASH = 0.03; // of a name's area that may lie under others; beyond, it shows on hover and focus only
const LONGEST_NAME = 16;

const svg = element.querySelector("svg");
const layer = (name) => svg.querySelector(`.${name}`);
const handle = layer("handle");
const make = (tag, attributes = {}, text = "") => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = text;
  return made;
};

let side = 0; // px
let heads = [];
let here = [0, 0], home = [0, 0], committed = [0, 0];
let told = -1; // the generation of the newest movement that Python was told of
let moving = false; // between the first move of a gesture and its end
let start = null; // of the pointer's gesture
const message = {}; // one object, kept up to date, for the reason given in viewer/static/gradio.js

const viewer = () => window.p2n?.viewers?.[props.viewer];
const clamp = (value, limit) => Math.max(-limit, Math.min(limit, value));
const toPixels = ([x, y]) => [(side * (1 + clamp(x, LIMIT) / LIMIT)) / 2, (side * (1 - clamp(y, LIMIT) / LIMIT)) / 2];
const signed = (value) => `${value < -0.05 ? "−" : value > 0.05 ? "+" : ""}${Math.abs(value).toFixed(1)}`;
const short = (name) => (name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME - 1)}…` : name);

function drawGround() {
  const dots = props.crowd.filter((place) => Math.max(...place.map(Math.abs)) < LIMIT).map(toPixels);
  layer("crowd").setAttribute("d", dots.map(([x, y]) => `M${x.toFixed(1)} ${y.toFixed(1)}h0`).join(""));
  const middle = side / 2;
  layer("rings").replaceChildren(
    make("line", { x1: 0, x2: side, y1: middle, y2: middle }),
    make("line", { x1: middle, x2: middle, y1: 0, y2: side }),
    ...[1, 2].map((r) => make("circle", { cx: middle, cy: middle, r: (r * middle) / LIMIT })),
  );
  layer("names").replaceChildren(
    make("text", { x: side - 8, y: middle - 7, "text-anchor": "end" }, `${props.axes[0]} →`),
    make("text", { x: middle + 8, y: 17 }, `↑ ${props.axes[1]}`),
  );
}

function drawHeads() {
  const dots = heads.map((head, index) => {
    const [x, y] = toPixels([head.x, head.y]);
    const dot = make("g", { transform: `translate(${x} ${y})`, role: "button", tabindex: 0, "data-index": index });
    dot.setAttribute("aria-label", `Go to ${head.name}`);
    dot.append(make("title", {}, head.name), make("circle", { r: 12 }), make("circle", { r: 4.5 }));
    dot.append(make("text", {}, short(head.name)));
    return dot;
  });
  layer("heads").replaceChildren(...dots);
  placeNames(dots);
}

/** Puts each name beside its dot where it covers least of the other names and dots. */
function placeNames(dots) {
  const centres = heads.map((head) => toPixels([head.x, head.y]));
  const taken = centres.map(([x, y]) => [x - 6, y - 6, x + 6, y + 6]);
  for (const text of layer("names").children) {
    const { x, y, width, height } = text.getBBox();
    taken.push([x, y, x + width, y + height]);
  }
  dots.forEach((dot, index) => {
    const text = dot.querySelector("text");
    const [x, y] = centres[index];
    const width = text.getComputedTextLength() + 4, height = 15;
    let best = null;
    for (const [right, down] of [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [1, 1], [-1, -1], [-1, 1]]) {
      const left = x + right * (right && down ? 7 : 9) - ((1 - right) * width) / 2;
      const top = y + down * (right ? 10 : 15) - height / 2;
      const box = [left, top, left + width, top + height];
      const outside = box[0] < 2 || box[1] < 2 || box[2] > side - 2 || box[3] > side - 2;
      const covered = taken.reduce((sum, other, i) => (i === index ? sum : sum + overlap(box, other)), 0);
      const cost = covered / (width * height) + outside;
      if (!best || cost < best.cost - 1e-9) best = { cost, box };
    }
    text.setAttribute("x", best.box[0] + 2 - x);
    text.setAttribute("y", best.box[1] + 11.5 - y);
    dot.classList.toggle("crowded", best.cost > CLASH);
    if (best.cost <= CLASH) taken.push(best.box);
  });
}

const overlap = (a, b) =>
  Math.max(0, Math.min(a[2], b[2]) - Math.max(a[0], b[0])) * Math.max(0, Math.min(a[3], b[3]) - Math.max(a[1], b[1]));

function drawHandle() {
  const place = `${props.axes[0]} ${signed(here[0])}, ${props.axes[1]} ${signed(here[1])}`;
  const words = { "aria-valuemin": -LIMIT, "aria-valuemax": LIMIT, "aria-valuenow": here[0].toFixed(1) };
  words["aria-valuetext"] = `${place} standard deviations`;
  for (const [name, value] of Object.entries(words)) handle.setAttribute(name, value);
  if (side) handle.setAttribute("transform", `translate(${toPixels(here).join(" ")})`);
  element.querySelector(".here").textContent = `Here: ${place} standard deviations`;
  const apart = heads.map((head) => [head.name, Math.hypot(head.x - here[0], head.y - here[1])]);
  const nearest = apart.sort((a, b) => a[1] - b[1]).slice(0, 3).map(([name, far]) => `${name} ${far.toFixed(1)}`);
  const line = element.querySelector(".nearest");
  line.textContent = `Nearest on the map: ${nearest.join(" · ")}`;
  line.hidden = !nearest.length;
}

function draw() {
  const width = Math.min(element.clientWidth, LARGEST_SIDE);
  if (width && width !== side) {
    side = width;
    svg.setAttribute("viewBox", `0 0 ${side} ${side}`);
    svg.style.width = svg.style.height = `${side}px`;
    drawGround();
  }
  if (side) drawHeads();
  drawHandle();
}

function moveTo(place) {
  here = place;
  moving = true;
  drawHandle();
  const weights = Object.fromEntries(props.fields.map((field, axis) => [field, here[axis] - home[axis]]));
  viewer()?.setWeights(weights);
}

function commit() {
  moving = false;
  if (here[0] === committed[0] && here[1] === committed[1]) return;
  committed = here;
  props.value = { ...props.value, here }; // so that Gradio knows what an update would change
  told = viewer()?.generation ?? told;
  trigger("commit", Object.assign(message, { values: { x: here[0], y: here[1] }, generation: told }));
}

const placeOf = (event) => {
  const box = svg.getBoundingClientRect();
  const [right, up] = [(event.clientX - box.left) / box.width, 1 - (event.clientY - box.top) / box.height];
  return [right, up].map((share) => clamp((2 * share - 1) * LIMIT, LIMIT));
};
const headOf = (event) => heads[event.target.closest("[data-index]")?.dataset.index];

svg.addEventListener("pointerdown", (event) => {
  if (event.button) return;
  const head = headOf(event);
  const held = handle.contains(event.target);
  start = { x: event.clientX, y: event.clientY, still: Boolean(head) || held };
  event.preventDefault(); // or the browser selects text and drags pictures
  svg.setPointerCapture(event.pointerId);
  handle.focus({ preventScroll: true, focusVisible: false });
  if (!held) moveTo(head ? [head.x, head.y] : placeOf(event));
});
svg.addEventListener("pointermove", (event) => {
  if (!start || (start.still && Math.hypot(event.clientX - start.x, event.clientY - start.y) < SLIP)) return;
  start.still = false;
  moveTo(placeOf(event));
});
for (const end of ["pointerup", "pointercancel"]) {
  svg.addEventListener(end, () => {
    if (!start) return;
    start = null;
    commit();
  });
}
layer("heads").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  const head = headOf(event);
  moveTo([head.x, head.y]);
  commit();
});
handle.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (!step) return;
  event.preventDefault();
  const length = event.shiftKey ? LONG_STEP : STEP;
  moveTo(here.map((value, axis) => clamp(value + length * step[axis], Math.max(LIMIT, Math.abs(value)))));
});
handle.addEventListener("keyup", (event) => { if (STEPS[event.key]) commit(); });
handle.addEventListener("blur", () => { if (moving && !start) commit(); });

const receive = () => {
  if (!props.value) return;
  ({ heads, home } = props.value);
  const late = props.value.generation < told; // Python did not know yet
  if (!moving && !late) here = committed = props.value.here;
  draw();
};
watch("value", receive);
new ResizeObserver(draw).observe(element);
receive();
drawHandle();
