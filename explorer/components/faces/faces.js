// The numbered faces in the page. Gradio calls this with element, props, watch and trigger
// (explorer/components/faces/__init__.py).
const section = element.querySelector("section");
const boxes = element.querySelector(".boxes");
const message = {}; // one object, kept up to date, for the reason given in viewer/static/gradio.js

function makeButton(box, index, count) {
  const button = document.createElement("button");
  const number = document.createElement("span");
  number.textContent = index + 1;
  button.append(number);
  button.type = "button";
  button.ariaLabel = `Face ${index + 1} of ${count}`;
  ["left", "top", "right", "bottom"].forEach((side, i) => button.style.setProperty(`--${side}`, box[i]));
  button.onclick = () => trigger("choose", Object.assign(message, { face: index + 1 }));
  return button;
}

let shown = null; // the boxes for which there are buttons
function show() {
  const { value } = props;
  section.hidden = !value;
  if (!value) return;
  const image = element.querySelector("img");
  if (image.getAttribute("src") !== value.photo) image.src = value.photo;
  const wanted = JSON.stringify(value.boxes);
  if (wanted !== shown) { // or a button would lose its focus
    shown = wanted;
    boxes.replaceChildren(...value.boxes.map((box, index) => makeButton(box, index, value.boxes.length)));
  }
  [...boxes.children].forEach((button, index) => button.setAttribute("aria-pressed", index + 1 === value.face));
}
watch("value", show);
show();
