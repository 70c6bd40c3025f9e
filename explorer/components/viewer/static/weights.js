// The numbers that the controls of one viewer agree on, shared through window.p2n by the element id of the viewer.
//
//   const weights = weightsOf("head");                 // the same object for whoever asks first or later
//   weights.subscribe((names, cause) => ...);          // "move", "put" or "commit" of these names
//   weights.move({ identity: 0.6 });                   // a hand moved a control: the viewer shows a preview
//   weights.commit(["identity", "expression"], ["identity"]);  // it let go of the second: the page is told of both
//   weights.put({ identity: 0 });                      // the page set a control: no movement, nothing to answer
//
// `generation` counts the movements by hand. Whoever answers one carries its generation, so that a late answer is seen
// to be late. `held` is true while a control is in the hand.

const registry = (window.p2n ??= {});
registry.viewers ??= {};
registry.weights ??= {};

export function weightsOf(viewer) {
  return (registry.weights[viewer] ??= new Weights());
}

class Weights {
  values = {}; // of every control, by name
  shown = {}; // what the viewer shows: `values`, unless someone asked for these and no others
  generation = 0;
  committedAt = {}; // by name, the generation at which a hand let go of it
  held = false;
  #listeners = new Set();

  subscribe(listener) {
    this.#listeners.add(listener);
  }

  move(values) {
    Object.assign(this.values, values);
    this.#movedTo(this.values, values);
  }

  /** Shows these values and no others: a name that is missing is 0. */
  showOnly(values) {
    Object.assign(this.values, values);
    this.#movedTo(values, values);
  }

  put(values) {
    Object.assign(this.values, values);
    this.shown = { ...this.values };
    this.#tell(Object.keys(values), "put");
  }

  commit(names, moved) {
    for (const name of moved) this.committedAt[name] = this.generation;
    this.#tell(names, "commit");
  }

  forget(names) {
    for (const name of names) delete this.values[name];
    this.shown = { ...this.values };
    this.#tell(names, "put");
  }

  #movedTo(shown, values) {
    this.shown = { ...shown };
    this.generation++;
    this.#tell(Object.keys(values), "move");
  }

  #tell(names, cause) {
    for (const listener of this.#listeners) listener(names, cause);
  }
}
