// The swap matrix in the page. Gradio calls this with element, props, watch and trigger (__init__.py beside it).
const TOO_FEW = "Two heads or more are needed. Add one to the shelf.";
const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const table = element.querySelector("table");
const note = element.querySelector(".note");

const make = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
const image = (src) => make("img", { src, alt: "", draggable: "false" });
const header = (scope, head, src) => make("th", { scope, title: head.name }, image(src), make("span", {}, head.name));
const cellAt = (row, column) => table.querySelector(`button[data-row="${row}"][data-column="${column}"]`);

const cell = (heads, row, column, src) => {
  const label = `Identity of ${heads[row].name} with the expression of ${heads[column].name}`;
  const place = { "data-row": row, "data-column": column, tabindex: row || column ? -1 : 0 };
  const button = make("button", { type: "button", "aria-label": label, title: label, ...place }, image(src));
  return make("td", row === column ? { class: "own" } : {}, button);
};

const show = () => {
  const { heads = [], pictures = [], of = 0 } = props.value ?? {};
  const few = heads.length < 2;
  note.textContent = few ? TOO_FEW : of > heads.length ? `${heads.length} of ${of} heads, A and B first.` : "";
  note.hidden = !note.textContent;
  element.querySelector(".scroll").hidden = few;
  if (few) return table.replaceChildren();
  const corner = make("td", { class: "corner" }, make("span", {}, "Expression →"), make("span", {}, "Identity ↓"));
  const columns = heads.map((head, i) => header("col", head, pictures[i][i]));
  const rows = heads.map((head, row) => {
    const cells = pictures[row].map((src, column) => cell(heads, row, column, src));
    return make("tr", {}, header("row", head, pictures[row][row]), ...cells);
  });
  table.replaceChildren(make("thead", {}, make("tr", {}, corner, ...columns)), make("tbody", {}, ...rows));
};

table.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  table.querySelector("[aria-current]")?.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
  const [row, column] = [Number(button.dataset.row), Number(button.dataset.column)];
  const { heads } = props.value;
  trigger("open", { row, column, identity: heads[row].id, expression: heads[column].id });
});
table.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  const { row, column } = event.target.dataset;
  if (!step || row === undefined) return;
  event.preventDefault();
  cellAt(Number(row) + step[0], Number(column) + step[1])?.focus();
});
table.addEventListener("focusin", (event) => { // one stop for the tab key: the cell that was last visited
  for (const button of table.querySelectorAll("button")) button.tabIndex = button === event.target ? 0 : -1;
});
watch("value", show);
show();
