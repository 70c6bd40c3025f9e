// The mesh laid over its photograph, and a slider between the two.

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
