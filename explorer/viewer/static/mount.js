// Joins the viewer and the overlay to their Gradio components (explorer/viewer/__init__.py).
import { HeadViewer, fetchMesh } from "./head_viewer.js";

const NO_WEBGL = "This browser cannot draw in 3D (WebGL is off). The downloads work all the same.";
const NOT_LOADED = "The head did not arrive. Please choose the photo again.";

export function mountViewer(element, props, watch) {
  const canvas = element.querySelector("canvas");
  const message = element.querySelector(".message");
  const say = (text) => {
    message.textContent = text;
    message.hidden = !text;
  };
  let viewer;
  try {
    viewer = window.__viewer = new HeadViewer(canvas);
  } catch {
    say(NO_WEBGL);
    return;
  }

  const modes = element.querySelectorAll("[data-mode]");
  for (const button of modes) {
    button.onclick = () => {
      viewer.setMode(button.dataset.mode);
      for (const other of modes) other.setAttribute("aria-pressed", other === button);
    };
  }
  element.querySelector("[data-reset]").onclick = () => viewer.reset();
  const turntable = element.querySelector("[data-turntable]");
  turntable.onclick = () => {
    const on = turntable.getAttribute("aria-pressed") !== "true";
    turntable.setAttribute("aria-pressed", on);
    viewer.setTurntable(on);
  };

  let newest = 0;
  const show = async () => {
    const file = props.value;
    if (!file) return;
    const mine = ++newest;
    try {
      const mesh = await fetchMesh(file.url);
      if (mine !== newest) return;
      say("");
      viewer.setMesh(mesh);
    } catch {
      if (mine === newest) say(NOT_LOADED);
    }
  };
  watch("value", show);
  show();
}

export function mountOverlay(element, props, watch) {
  const slider = element.querySelector("input");
  const [photo, mesh, crop] = ["photo", "mesh", "crop"].map((name) => element.querySelector(`img[data-${name}]`));
  const blend = () => {
    mesh.style.opacity = slider.value / 100;
    slider.setAttribute("aria-valuetext", `${slider.value} % mesh`);
  };
  const show = () => {
    element.querySelector(".empty").hidden = Boolean(props.value);
    element.querySelector(".full").hidden = !props.value;
    if (!props.value) return;
    for (const [image, name] of [[photo, "photo"], [mesh, "mesh"], [crop, "crop"]]) image.src = props.value[name];
  };
  slider.oninput = blend;
  watch("value", show);
  blend();
  show();
}
