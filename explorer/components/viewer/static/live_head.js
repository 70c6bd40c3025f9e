// A head that follows the controls: a preview while a hand moves them, the exact mesh when it has arrived.
//
// What the page can ask of window.p2n.viewers[element id of the viewer]:
//   setWeights({ name: value })   shows the preview with these weights, a missing name being 0; the newest wins
//   showHeat(true)                colours the preview by the millimetres moved from its base
//   snapshot()                    the view as a PNG data URL
//   shown                         "exact", "preview" or null
//   frames, generation            how many frames were drawn; how many movements were made
import { drawLegend, paint, scaleFor } from "./heat.js";
import { firstHit, nearestVertex } from "./picking.js";
import { Preview } from "./preview.js";

const CLICK = 5; // px: a pointer that went farther was turning the head
const REMEMBERED = 12; // exact meshes, a megabyte each

export class LiveHead {
  preview = null;
  shown = null;
  heat = false;
  #exactFor = -1; // the generation of which the exact mesh is; -1 when there is none
  #exactAt = new Map(); // exact meshes by the places of the controls that they are of, while the preview stays
  #committedAt = {}; // by generation, such a place
  #standsIn = null; // of the exact mesh
  #scale = 0; // millimetres at which the colours end
  #colours;

  /** `onChange` is called when what is shown changes, `onPick` with {region, vertex}. */
  constructor(viewer, weights, legend, { onChange, onPick }) {
    Object.assign(this, { viewer, weights, legend, onChange });
    viewer.onFrame = () => this.shown === "preview" && this.#blend();
    weights.subscribe((_, cause) => (cause === "commit" ? this.#commit() : this.#refresh()));
    let down = null;
    viewer.canvas.addEventListener("pointerdown", (event) => (down = event));
    viewer.canvas.addEventListener("click", (event) => {
      if (!down || Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > CLICK) return;
      const place = this.placeUnder(event);
      if (place) onPick(place);
    });
  }

  get frames() {
    return this.viewer.frames;
  }

  /** What is on show, in a word: "Preview", "Exact", or nothing where there is only one kind of head. */
  get kind() {
    if (!this.shown || (!this.preview && this.#standsIn === null)) return "";
    return this.shown === "preview" || this.#standsIn ? "Preview" : "Exact";
  }

  get generation() {
    return this.weights.generation;
  }

  setWeights(values) {
    this.weights.showOnly(values);
  }

  snapshot() {
    return this.viewer.snapshot();
  }

  /** Whether a mesh that answers the movement `answers` (null: none) is too late to be shown, or here already. */
  isLate(answers) {
    const moving = this.weights.held && this.shown === "preview";
    return answers === null ? moving : answers < this.generation || answers === this.#exactFor;
  }

  /**
   * Shows an exact mesh, unless a control was moved since the generation it is of. `standsIn`: whether it only stands
   * in for one that follows; null where no head comes in stages.
   */
  setExact(mesh, generation, standsIn = null) {
    if (generation !== this.generation) return;
    this.#standsIn = standsIn;
    this.viewer.setMesh(mesh, "exact");
    this.#exactFor = generation;
    this.#refresh();
  }

  /** Keeps an exact mesh that answers the movement `answers`, for when the controls come back to that place. */
  remember(mesh, answers) {
    const place = this.#committedAt[answers];
    if (place === undefined) return;
    this.#exactAt.delete(place);
    this.#exactAt.set(place, mesh);
    if (this.#exactAt.size > REMEMBERED) this.#exactAt.delete(this.#exactAt.keys().next().value);
  }

  /** What `fetchPreview` read, or null for none. The weights stay: they are of the controls, not of the preview. */
  setPreview(data) {
    this.preview = data && new Preview(data);
    this.#scale = 0;
    this.#exactAt.clear();
    this.#committedAt = {};
    if (data) {
      const { positions, normals, triangles } = this.preview;
      this.#colours = new Float32Array(positions.length);
      this.viewer.setMesh({ positions: positions.slice(), normals: normals.slice(), triangles }, "preview");
    }
    this.#refresh();
  }

  /** Shows nothing, and knows of no head any more. */
  clear() {
    this.#exactFor = -1;
    this.#standsIn = null;
    this.viewer.clear();
    this.setPreview(null);
  }

  showHeat(on) {
    this.heat = on;
    this.#refresh();
  }

  /** {region, vertex} of the head under a pointer, or null. On an exact mesh: of the nearest vertex of the preview. */
  placeUnder(event) {
    if (!this.preview) return null;
    const { from, along } = this.viewer.rayThrough(event.clientX, event.clientY);
    const { attributes, index } = this.viewer.surface.geometry;
    const hit = firstHit(attributes.position.array, index.array, from, along);
    if (!hit) return null;
    this.#blend();
    const vertex = nearestVertex(this.preview.positions, hit);
    return { region: this.preview.regionOf(vertex), vertex };
  }

  /** The hand let go: where it did so before, the exact mesh is here. Python is told all the same. */
  #commit() {
    const moved = Object.entries(this.weights.shown).filter(([, value]) => value !== 0);
    const place = JSON.stringify(moved.sort());
    this.#committedAt = { [this.generation]: place };
    const mesh = this.#exactAt.get(place);
    if (mesh) this.setExact(mesh, this.generation);
  }

  #refresh() {
    const exactIsCurrent = this.#exactFor === this.generation;
    const hasExact = this.#exactFor >= 0;
    const shown = this.preview && (this.heat || !exactIsCurrent) ? "preview" : hasExact ? "exact" : null;
    this.viewer.passing = (shown === "preview" && !this.heat) || this.#standsIn === true;
    if (shown) this.viewer.showMesh(shown);
    this.#colour();
    this.shown = shown;
    this.onChange();
  }

  #blend() {
    if (!this.preview.blend(this.weights.shown)) return;
    this.viewer.setPositions(this.preview.positions, this.preview.normals, "preview");
    this.#colour();
  }

  #colour() {
    const on = this.heat && this.preview !== null;
    this.legend.hidden = !on;
    if (on) {
      const scale = scaleFor(this.preview.measure());
      if (scale > this.#scale) drawLegend(this.legend, (this.#scale = scale)); // it grows, so that colours compare
      paint(this.#colours, this.preview.moved, this.#scale);
    }
    this.viewer.setColours(on ? this.#colours : null, "preview");
  }
}
