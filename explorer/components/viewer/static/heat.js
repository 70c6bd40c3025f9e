// Colours for distances: light where nothing moved, darker the farther, so that the order is seen without the legend.

const STOPS = [ // sRGB, from nothing to the end of the scale; lightness falls evenly
  [232, 226, 218], [250, 206, 120], [240, 145, 76], [205, 80, 92], [146, 52, 116], [80, 34, 104],
];
const LINEAR = STOPS.map((stop) => stop.map((value) => (value / 255) ** 2.2));
const NICE = [1, 2, 5, 10, 20, 50, 100, 200]; // millimetres at which a scale may end

/** The smallest scale, millimetres, that holds `farthest`. */
export function scaleFor(farthest) {
  return NICE.find((end) => farthest <= end) ?? NICE.at(-1);
}

/** Fills `colours` (3 V,), linear RGB, from distances (V,) on a scale that ends at `end`. */
export function paint(colours, distances, end) {
  for (let v = 0; v < distances.length; v++) {
    const place = Math.min(0.9999, distances[v] / end) * (STOPS.length - 1);
    const before = Math.floor(place);
    for (let i = 0; i < 3; i++) {
      const [start, stop] = [LINEAR[before][i], LINEAR[before + 1][i]];
      colours[3 * v + i] = start + (place - before) * (stop - start);
    }
  }
}

/** Draws the legend of a scale that ends at `end` millimetres. */
export function drawLegend(element, end) {
  const stops = STOPS.map((stop) => `rgb(${stop.join(" ")})`).join(", ");
  const bar = document.createElement("span");
  bar.className = "bar";
  bar.style.background = `linear-gradient(to right, ${stops})`;
  const numbers = document.createElement("span");
  numbers.className = "numbers";
  for (const number of [0, end / 2, end]) {
    const label = document.createElement("span");
    label.textContent = number === end ? `${number} mm` : number;
    numbers.append(label);
  }
  element.setAttribute("aria-label", `Colours: from light, not moved, to dark, moved ${end} millimetres`);
  element.replaceChildren(bar, numbers);
}
