// What sliders and pads have in common: values shared by name, and one message to Python when a hand lets go.
import { newest } from "../../viewer/static/gradio.js";
import { weightsOf } from "../../viewer/static/weights.js";

export class Control {
  #moved = null; // the name that moved since the last message; "" when several did
  #keyDown = false;

  /** `draw(names, cause)` shows the values of some of `this.names`; `commit` tells Python. */
  constructor(element, props, commit, draw) {
    Object.assign(this, { props, tell: newest(commit), names: [] });
    this.weights = weightsOf(props.viewer);
    this.weights.subscribe((changed, cause) => {
      const mine = changed.filter((name) => this.names.includes(name));
      if (!mine.length) return;
      if (cause === "commit") props.value = this.values(); // so that Gradio knows what an update would change
      else draw(mine, cause);
    });
    element.addEventListener("pointerdown", () => (this.weights.held = true));
    for (const end of ["pointerup", "pointercancel"]) {
      window.addEventListener(end, () => (this.weights.held = false));
    }
    element.addEventListener("keydown", () => (this.#keyDown = true));
    element.addEventListener("keyup", () => {
      this.#keyDown = false;
      this.release();
    });
  }

  get(name) {
    return this.weights.values[name] ?? 0;
  }

  values() {
    return Object.fromEntries(this.names.map((name) => [name, this.get(name)]));
  }

  /** A hand moves some of the values. */
  move(values) {
    const [name, ...others] = Object.keys(values);
    this.#moved = others.length || (this.#moved !== null && this.#moved !== name) ? "" : name;
    this.weights.move({ ...this.values(), ...values });
  }

  /** The hand let go: Python is told, unless a key is still down or nothing moved. */
  release() {
    if (this.#moved === null || this.#keyDown) return;
    const moved = this.#moved;
    this.#moved = null;
    this.weights.commit(this.names, moved ? [moved] : this.names);
    this.tell({ values: this.values(), moved, generation: this.weights.generation });
  }

  /** Python set values, knowing of the movements up to `generation`: what is in the hand or moved since then stays. */
  put(values, generation = Infinity) {
    const { held, committedAt } = this.weights;
    const stays = (name) => (held && (this.#moved === name || this.#moved === "")) || generation < committedAt[name];
    this.weights.put(Object.fromEntries(Object.entries(values).filter(([name]) => !stays(name))));
  }
}
