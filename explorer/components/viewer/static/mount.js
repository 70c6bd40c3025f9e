// Joins the viewer and the overlay to their Gradio components (explorer/components/viewer/__init__.py).
import { fetchMesh, fetchPreview } from "./files.js";
import { newest } from "./gradio.js";
import { HeadViewer } from "./head_viewer.js";
import { LiveHead } from "./live_head.js";
export { mountOverlay } from "./overlay.js";
import { Status } from "./status.js";
import { mountToolbar } from "./toolbar.js";
import { weightsOf } from "./weights.js";

const NO_WEBGL = "This browser cannot draw in 3D (WebGL is off). The downloads work all the same.";
const NOT_LOADED = "The head did not arrive. Please choose the photo again.";

export function mountViewer(element, props, watch, { onPick, onHeat }) {
  const canvas = element.querySelector("canvas");
  const message = element.querySelector(".message");
  const empty = message.textContent;
  const say = (text) => {
    message.textContent = text;
    message.hidden = !text;
  };
  const stage = element.querySelector(".stage");
  const status = new Status(stage, props, watch);
  let viewer;
  try {
    viewer = new HeadViewer(canvas);
    window.__viewer ??= viewer; // the first of the page, for its tests
  } catch {
    say(NO_WEBGL);
    element.querySelector(".tools").hidden = true;
    watch("value", () => status.arrived(props.value?.working ?? ""));
    return;
  }

  const keepsView = mountToolbar(element, viewer);
  const id = element.parentElement.closest("[id]").id;
  const heat = element.querySelector("[data-heat]");
  const label = element.querySelector(".shown");
  const weights = weightsOf(id);
  const head = (window.p2n.viewers[id] = new LiveHead(viewer, weights, element.querySelector(".legend"), {
    onPick: newest(onPick),
    onChange: () => {
      heat.hidden = !head.preview;
      heat.setAttribute("aria-pressed", head.heat);
      const text = head.kind;
      label.hidden = !text;
      if (label.textContent === text) return;
      label.setAttribute("aria-live", weights.held ? "off" : "polite"); // nobody wants it spoken while dragging
      label.textContent = text;
    },
  }));
  heat.onclick = () => {
    head.showHeat(!head.heat);
    if (head.heat) onHeat();
  };

  const asked = { mesh: 0, preview: 0 };
  const load = async (kind, fetched, use) => {
    const mine = ++asked[kind];
    try {
      const data = await fetched;
      if (mine !== asked[kind]) return;
      if (data) say("");
      use(data);
    } catch {
      if (mine !== asked[kind]) return;
      say(NOT_LOADED);
      if (kind === "mesh") status.say("");
    }
  };
  let mesh = null;
  let subject = null; // whom it shows, where heads come in stages
  const forget = () => {
    mesh = subject = null;
    asked.mesh++; // one on its way is not wanted any more
    head.clear();
    say(empty);
  };
  const showMesh = () => {
    if (!props.value) {
      if (mesh) forget();
      return;
    }
    if (props.value.mesh.url === mesh) return;
    mesh = props.value.mesh.url;
    const { generation } = head;
    const { answers, preview = null, subject: whom = null, working = null } = props.value;
    if (head.isLate(answers)) return;
    load("mesh", fetchMesh(mesh), (data) => {
      head.remember(data, answers);
      head.setExact(data, generation, preview);
      if (whom !== subject) {
        if (!keepsView()) viewer.reset();
        reveal(stage);
      }
      subject = whom;
      status.arrived(working);
    });
  };
  const showPreview = () => {
    const data = props.preview ? fetchPreview(fileUrl(props.preview)) : null;
    load("preview", data, (preview) => head.setPreview(preview));
  };
  watch("value", showMesh);
  watch("preview", showPreview);
  showMesh();
  showPreview();
}

/** Scrolls to a part of the page of which too little is in sight, as on a phone. */
function reveal(part) {
  const { top, bottom, height } = part.getBoundingClientRect();
  const seen = Math.min(bottom, innerHeight) - Math.max(top, 0);
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
  if (seen < 0.75 * height) part.scrollIntoView({ behavior, block: "start" });
}

/** The address of a file in the cache of Gradio. */
function fileUrl(path) {
  const root = (window.gradio_config?.root ?? location.origin).replace(/\/$/, "");
  return `${root}/gradio_api/file=${encodeURI(path)}`;
}
