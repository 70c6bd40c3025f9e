// A list of sliders, folded into groups where they name one, with a box to find one among many.
import { Control } from "./control.js";
import { make } from "./dom.js";

const MANY = 12; // sliders from which on one has to search
const DEFAULTS = { min: 0, max: 1, step: 0.01, value: 0, unit: "", hint: "", group: "", marks: null };

let lists = 0; // on the page, for ids

export function mountSliders(element, props, watch, commit) {
  const list = element.querySelector(".sliders");
  const elsewhere = element.querySelector(".elsewhere");
  const id = `sliders-${++lists}`;
  let rows = new Map();
  /** Says why the head on show is at none of these places, and shows no numbers; "" where it is at these. */
  const say = (sentence) => {
    elsewhere.textContent = sentence;
    elsewhere.hidden = !sentence;
    for (const row of rows.values()) row.elsewhere(Boolean(sentence));
  };
  const control = new Control(element, props, commit, (names, cause) => {
    if (cause === "move" && elsewhere.textContent) say(""); // in the hand, the head is where the sliders are
    for (const name of names) rows.get(name).draw(control.get(name));
    drawCounts(list, rows, control);
  });
  let built = null;
  const show = () => {
    const wanted = JSON.stringify(props.sliders);
    if (wanted !== built) {
      built = wanted;
      const sliders = props.sliders.map((slider) => ({ ...DEFAULTS, ...slider }));
      const names = sliders.map((slider) => slider.name);
      control.weights.forget(control.names.filter((name) => !names.includes(name)));
      control.names = names;
      rows = new Map(sliders.map((slider, i) => [slider.name, new Row(slider, `${id}-${i}`, control)]));
      fill(list, sliders, rows);
    }
    const values = [...rows].map(([name, row]) => [name, props.value?.[name] ?? row.slider.value]);
    control.put(Object.fromEntries(values), props.value?.generation);
    if (!control.weights.held) say(props.value?.elsewhere ?? "");
  };
  watch(["sliders", "value"], show);
  show();
}

class Row {
  constructor(slider, id, control) {
    Object.assign(this, { slider, value: slider.value, away: false });
    const { name, label, min, max, step, hint } = slider;
    this.input = make("input", { type: "range", id, min, max, step });
    this.output = make("output", { htmlFor: id });
    this.reset = make("button", { type: "button", className: "reset", textContent: "↺" });
    this.reset.title = this.reset.ariaLabel = `${label}: back to ${this.#text(0)}`;
    this.element = make("div", { className: "slider" }, [
      make("label", { htmlFor: id, textContent: label }), this.reset, this.output,
      make("div", { className: "track" }, [this.input, ...this.#marks()]),
    ]);
    if (hint) {
      this.element.append(make("p", { className: "hint", id: `${id}-hint`, textContent: hint }));
      this.input.setAttribute("aria-describedby", `${id}-hint`);
    }
    this.input.oninput = () => control.move({ [name]: Number(this.input.value) });
    this.input.onchange = () => control.release();
    const back = () => {
      control.move({ [name]: 0 });
      control.release();
    };
    this.reset.onclick = this.input.ondblclick = back;
  }

  draw(value) {
    const { min, max } = this.slider;
    const share = (number) => Math.min(1, Math.max(0, (number - min) / (max - min)));
    this.input.value = value;
    this.input.style.setProperty("--from", Math.min(share(0), share(value)));
    this.input.style.setProperty("--to", Math.max(share(0), share(value)));
    this.value = value;
    this.#write();
    this.reset.style.visibility = value === 0 ? "hidden" : "";
  }

  elsewhere(away) {
    this.away = away;
    this.element.classList.toggle("away", away);
    this.#write();
  }

  #write() {
    const text = this.away ? "—" : this.#text(this.value);
    this.input.setAttribute("aria-valuetext", this.away ? "not on this line" : text);
    this.output.textContent = text;
  }

  #text(value) {
    const { unit, min, step } = this.slider;
    if (unit === "%") return `${Math.round(100 * value)} %`;
    const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
    const sign = min < 0 && value > 0 ? "+" : "";
    return `${sign}${value.toFixed(digits).replace("-", "−")}${unit && ` ${unit}`}`;
  }

  /** What stands below the track: the given marks, or a line at 0 and at 1 where they are inside the range. */
  #marks() {
    const { min, max, marks } = this.slider;
    const lines = [0, 1].filter((place) => min < 0 && place < max && max <= 2);
    return Object.entries(marks ?? Object.fromEntries(lines.map((place) => [place, ""]))).map(([at, text]) => {
      const mark = make("span", { className: "mark", textContent: text });
      mark.style.setProperty("--at", (at - min) / (max - min));
      return mark;
    });
  }
}

/** Puts the rows into the list, under the headings of their groups. */
function fill(list, sliders, rows) {
  list.replaceChildren();
  if (sliders.length > MANY) list.append(searchBox(list, rows));
  const groups = new Map();
  for (const { name, group } of sliders) {
    if (group && !groups.has(group)) {
      const heading = make("summary", {}, [make("span", { textContent: group }), make("span", { className: "count" })]);
      groups.set(group, make("details", { open: groups.size === 0 }, [heading]));
      list.append(groups.get(group));
    }
    (groups.get(group) ?? list).append(rows.get(name).element);
  }
}

function searchBox(list, rows) {
  const box = make("input", { type: "search", className: "search", placeholder: "Find a control" });
  const nothing = make("p", { className: "hint", textContent: "No control has this name.", hidden: true });
  box.setAttribute("aria-label", "Find a control");
  let folded = null; // which groups were open before the search
  box.oninput = () => {
    const wanted = box.value.trim().toLowerCase();
    const groups = [...list.querySelectorAll("details")];
    folded ??= groups.map((group) => group.open);
    for (const { element, slider } of rows.values()) {
      element.hidden = !`${slider.label} ${slider.name} ${slider.group}`.toLowerCase().includes(wanted);
    }
    groups.forEach((group, i) => {
      group.hidden = !group.querySelector(".slider:not([hidden])");
      group.open = wanted ? true : folded[i];
    });
    nothing.hidden = [...rows.values()].some(({ element }) => !element.hidden);
    if (!wanted) folded = null;
  };
  return make("div", { className: "find" }, [box, nothing]);
}

/** Says at each heading how many of its sliders are not at 0. */
function drawCounts(list, rows, control) {
  for (const group of list.querySelectorAll("details")) {
    const mine = [...rows.values()].filter(({ element }) => group.contains(element));
    const moved = mine.filter(({ slider }) => control.get(slider.name) !== 0).length;
    group.querySelector(".count").textContent = moved ? `${moved} moved` : "";
  }
}
