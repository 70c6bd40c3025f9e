// A square in which one point is two values.
import { Control } from "./control.js";

const [LOW, HIGH] = [-0.5, 1.5]; // of both values: 0 is A, 1 is B, and half beyond
const KEY_STEP = 0.05;
const KEYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };

export function mountPad(element, props, watch, commit) {
  const square = element.querySelector(".square");
  const ranges = { x: element.querySelector("[data-axis=x]"), y: element.querySelector("[data-axis=y]") };
  const within = (value) => Math.round(100 * Math.min(HIGH, Math.max(LOW, value))) / 100;
  const share = (value) => (within(value) - LOW) / (HIGH - LOW);

  const draw = (names, cause) => {
    if (cause === "move") square.classList.remove("away");
    for (const axis of ["x", "y"]) {
      const value = control.get(props[axis]);
      square.style.setProperty(`--${axis}`, share(value));
      ranges[axis].value = value;
      ranges[axis].setAttribute("aria-valuetext", `${Math.round(100 * value)} % from ${props.a} to ${props.b}`);
    }
  };
  const control = new Control(element, props, commit, draw);
  const moveTo = (x, y) => {
    const values = { [props.x]: within(x), [props.y]: within(y) };
    for (const name of Object.keys(values)) if (values[name] === control.get(name)) delete values[name];
    if (Object.keys(values).length) control.move(values);
  };

  const follow = (event) => {
    const { left, bottom, width, height } = square.getBoundingClientRect();
    const place = (fraction) => LOW + fraction * (HIGH - LOW);
    moveTo(place((event.clientX - left) / width), place((bottom - event.clientY) / height));
  };
  let pointer = null; // the one that holds the point
  square.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || pointer !== null) return;
    pointer = event.pointerId;
    square.setPointerCapture(pointer);
    ranges.x.focus({ preventScroll: true });
    event.preventDefault();
    follow(event);
  });
  square.addEventListener("pointermove", (event) => event.pointerId === pointer && follow(event));
  for (const end of ["pointerup", "pointercancel"]) {
    square.addEventListener(end, (event) => {
      if (event.pointerId !== pointer) return;
      pointer = null;
      control.release();
    });
  }
  square.addEventListener("keydown", (event) => {
    if (!KEYS[event.key]) return;
    event.preventDefault(); // each range would take up and down for its own
    const [right, up] = KEYS[event.key];
    moveTo(control.get(props.x) + KEY_STEP * right, control.get(props.y) + KEY_STEP * up);
  });
  for (const axis of ["x", "y"]) { // other ways to move a range, as a screen reader has
    ranges[axis].oninput = () => control.move({ [props[axis]]: within(Number(ranges[axis].value)) });
    ranges[axis].onchange = () => control.release();
  }

  const show = () => {
    control.names = [props.x, props.y];
    for (const axis of ["x", "y"]) {
      Object.assign(ranges[axis], { min: LOW, max: HIGH, step: 0.01 });
      ranges[axis].setAttribute("aria-label", props[`${axis}_label`]);
      element.querySelector(`.label-${axis}`).textContent = props[`${axis}_label`];
    }
    square.style.setProperty("--zero", share(0));
    square.style.setProperty("--one", share(1));
    element.querySelector(".a").textContent = props.a;
    element.querySelector(".b").textContent = props.b;
    const { generation, elsewhere, ...values } = props.value ?? {};
    control.put(values, generation);
    draw();
    square.classList.toggle("away", Boolean(elsewhere));
  };
  watch(["value", "a", "b", "x", "y", "x_label", "y_label"], show);
  show();
}
