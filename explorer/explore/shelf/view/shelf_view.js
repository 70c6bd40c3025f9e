// The shelf in the page. Gradio calls this with element, props, watch and trigger (__init__.py beside it).
const SURE = 4000; // ms in which a second press clears the shelf
const TWICE = 500; // ms: a second press this soon is a double click, not a decision
const FADES = 36; // px at the right end of the row, as in shelf_view.css
const CLEAR = "Clear the shelf", CLEAR_NOW = "Press again to clear";
const PENCIL = "M3 13l.6-2.7L10.8 3.1a1.3 1.3 0 0 1 1.9 0l.2.2a1.3 1.3 0 0 1 0 1.9L5.7 12.4z M9.5 4.5l2 2";
const CROSS = "M4 4l8 8 M12 4l-8 8";
const CONTROLS = "button, input";
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

const row = element.querySelector("ul");
const used = element.querySelector(".used");
const clear = element.querySelector(".clear");
const message = element.querySelector(".message");
const cards = new Map(); // id -> the card, kept from value to value: so are its focus and a name that is being written

const make = (tag, attributes = {}, ...children) => {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
};
const icon = (path) => {
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  drawing.setAttribute("viewBox", "0 0 16 16");
  drawing.setAttribute("aria-hidden", "true");
  line.setAttribute("d", path);
  drawing.append(line);
  return drawing;
};
const button = (kind, ...children) => make("button", { type: "button", class: kind, "data-kind": kind }, ...children);
const label = (control, text) => {
  control.setAttribute("aria-label", text);
  control.title = text;
};

function makeCard(id) {
  const card = make("li", {});
  const picture = make("img", { alt: "", draggable: "false" });
  const name = make("span", { class: "name" });
  const [a, b] = [button("a", "A"), button("b", "B")];
  const [pencil, remove] = [button("pencil", icon(PENCIL)), button("remove", icon(CROSS))];
  card.append(picture, name, make("div", { class: "uses" }, a, b), pencil, remove);
  const edit = () => rename(card, name, pencil);
  a.addEventListener("click", () => trigger("use", { id, as: "A" }));
  b.addEventListener("click", () => trigger("use", { id, as: "B" }));
  pencil.addEventListener("click", edit);
  for (const part of [picture, name]) part.addEventListener("dblclick", edit);
  remove.addEventListener("click", () => {
    if (card.classList.contains("leaving")) return;
    card.classList.add("leaving");
    trigger("remove", { id });
  });
  card.update = (head, value) => {
    card.head = head;
    card.classList.remove("leaving");
    if (picture.getAttribute("src") !== head.picture) picture.src = head.picture;
    name.textContent = name.title = head.name;
    for (const [control, which] of [[a, "a"], [b, "b"]]) {
      const pressed = value[which] === head.id;
      card.classList.toggle(which, pressed);
      control.setAttribute("aria-pressed", pressed);
      label(control, `Use ${head.name} as ${which.toUpperCase()}`);
    }
    label(pencil, `Rename ${head.name}`);
    label(remove, `Remove ${head.name}`);
  };
  return card;
}

/** Turns a card's name into an input. Enter, or going elsewhere, keeps what was written; Escape leaves the name. */
function rename(card, name, pencil) {
  if (name.hidden) return;
  const purpose = `New name of ${card.head.name}`;
  const input = make("input", { type: "text", maxlength: props.longest_name, "aria-label": purpose });
  input.value = card.head.name;
  name.hidden = true;
  name.after(input);
  input.focus();
  input.select();
  let open = true;
  const close = (kept, back) => {
    if (!open) return;
    open = false;
    const written = input.value.trim();
    name.hidden = false;
    input.remove();
    if (back) pencil.focus();
    if (!kept || !written || written === card.head.name) return;
    name.textContent = written; // until the answer
    trigger("rename", { id: card.head.id, name: written });
  };
  input.addEventListener("blur", () => close(input.isConnected, false));
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    close(event.key === "Enter", true);
  });
}

function show() {
  const value = props.value;
  element.querySelector("section").hidden = !value;
  if (!value) return;
  const held = row.contains(document.activeElement) ? document.activeElement : null;
  const clearing = document.activeElement === clear;
  const index = held ? [...row.children].indexOf(held.closest("li")) : -1;
  const ids = new Set(value.heads.map((head) => head.id));
  for (const [id, card] of cards) if (!ids.has(id)) cards.delete(id), card.remove();
  value.heads.forEach((head, place) => {
    if (!cards.has(head.id)) cards.set(head.id, makeCard(head.id));
    const card = cards.get(head.id);
    card.update(head, value);
    if (row.children[place] !== card) row.insertBefore(card, row.children[place] ?? null); // and takes its focus away
  });
  const empty = !value.heads.length;
  row.hidden = clear.hidden = empty;
  element.querySelector(".empty").hidden = !empty;
  showUsed(value);
  reveal();
  if (empty && (held || clearing)) element.querySelector(".empty").focus();
  else if (held && document.activeElement !== held) refocus(held, index);
  const stop = row.querySelector("[tabindex='0']")?.closest("li") ?? row.firstElementChild;
  if (stop) letTab(stop);
}

let revealed = null; // id of the newest head that was brought into view
/** Brings the newest head into view, once; later when the row is not on the page yet. */
function reveal() {
  const newest = props.value?.newest;
  const card = cards.get(newest);
  if (!card || newest === revealed || !row.clientWidth) return;
  revealed = newest;
  const [inner, outer] = [card.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += Math.max(0, inner.right + FADES - outer.right) + Math.min(0, inner.left - outer.left);
}
new ResizeObserver(reveal).observe(row);

/** Back to a control whose card was moved; or, when the card left, to the same control of the one in its place. */
function refocus(held, index) {
  if (held.isConnected) return held.focus({ preventScroll: true });
  const card = row.children[Math.min(index, row.children.length - 1)];
  card.querySelector(`[data-kind="${held.dataset.kind ?? "a"}"]`).focus();
}

function showUsed(value) {
  const parts = ["a", "b"].map((which) => {
    const name = value.heads.find((head) => head.id === value[which])?.name;
    const chip = make("b", {}, which.toUpperCase());
    return make("span", { class: name === undefined ? `${which} none` : which }, chip, name ?? "Not chosen");
  });
  used.replaceChildren(...(value.heads.length ? parts : []));
}

/** One card at a time takes part in the tab order; the arrow keys go to the others. */
function letTab(card) {
  for (const other of row.children)
    for (const control of other.querySelectorAll(CONTROLS)) control.tabIndex = other === card ? 0 : -1;
}

row.addEventListener("focusin", (event) => letTab(event.target.closest("li")));
row.addEventListener("keydown", (event) => {
  const step = STEPS[event.key];
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const all = [...row.children];
  const place = Math.max(0, Math.min(all.length - 1, all.indexOf(event.target.closest("li")) + step));
  all[place].querySelector(`[data-kind="${event.target.dataset.kind}"]`).focus();
});

let sureSince = 0, timer = 0; // ms since the page opened, 0 when not asked
function ask(asked) {
  clearTimeout(timer);
  sureSince = asked ? performance.now() : 0;
  clear.classList.toggle("sure", asked);
  clear.textContent = asked ? CLEAR_NOW : CLEAR;
  message.textContent = asked ? "Press again to remove all heads." : "";
  if (asked) timer = setTimeout(ask, SURE, false);
}
clear.addEventListener("click", () => {
  if (!sureSince) return ask(true);
  if (performance.now() - sureSince < TWICE) return;
  ask(false);
  trigger("clear", {});
});
clear.addEventListener("keydown", (event) => {
  if (event.repeat) event.preventDefault(); // a key held down is one press
  if (event.key === "Escape") ask(false);
});
clear.addEventListener("blur", () => ask(false));
watch("value", show);
show();
