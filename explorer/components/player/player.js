// The player in the page. Gradio calls this with element, props and trigger (explorer/components/player/__init__.py).
const button = element.querySelector("button");
const speed = element.querySelector("select");
const loop = element.querySelector("input");
const dot = element.querySelector(".dot");

const ease = (t) => t * t * (3 - 2 * t); // as explorer/components/player/ease.py

let way = 0; // 0 at A, 1 at B, 2 at A again
let pending = null; // the next frame, while playing
let last = null; // time of the last frame, ms
const message = {}; // one object, kept up to date, for the reason given in viewer/static/gradio.js

const weight = () => ease(way > 1 ? 2 - way : way);
const viewer = () => window.p2n?.viewers?.[props.viewer];

function frame(now) {
  const step = (((now - (last ?? now)) / 1000) * Number(speed.value)) / props.seconds;
  last = now;
  if (!element.offsetParent) return stop(); // the section was closed
  way = loop.checked ? (way + step) % 2 : way > 1 ? Math.min(way + step, 2) : Math.min(way + step, 1);
  draw();
  const arrived = !loop.checked && (way === 1 || way === 2);
  if (arrived) stop();
  else pending = requestAnimationFrame(frame);
}

function draw() {
  dot.style.left = `${100 * weight()}%`;
  viewer().setWeights(Object.fromEntries(props.fields.map((field) => [field, weight()])));
}

function play() {
  if (!viewer()) return;
  if (!loop.checked && way >= 1) way = 0;
  last = null;
  say(true);
  pending = requestAnimationFrame(frame);
}

function stop(report = true) {
  cancelAnimationFrame(pending);
  pending = null;
  say(false);
  if (!report) return;
  const values = Object.fromEntries(props.fields.map((field) => [field, weight()]));
  trigger("commit", Object.assign(message, { values, generation: viewer().generation }));
}

function say(playing) {
  button.textContent = playing ? "Pause" : "Play";
  button.setAttribute("aria-pressed", playing);
}

button.onclick = () => (pending === null ? play() : stop());

/** Whoever takes hold of another control has the head from then on. */
const elsewhere = (event) => {
  if (pending === null || element.contains(event.target)) return;
  if (event.type === "input" || event.target.closest?.("[role=slider], input[type=range]")) stop(false);
};
for (const type of ["input", "pointerdown", "keydown"]) document.addEventListener(type, elsewhere, true);
document.addEventListener("visibilitychange", () => { if (document.hidden && pending !== null) stop(); });
