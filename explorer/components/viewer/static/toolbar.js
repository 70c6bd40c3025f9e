// The buttons of a viewer: how the head looks, and from where; the whole screen; a picture to keep.

/** Joins the buttons in `element` to a `HeadViewer`. Returns what tells whether another head is to keep the view. */
export function mountToolbar(element, viewer) {
  const button = (name) => element.querySelector(`[data-${name}]`);
  const modes = element.querySelectorAll("[data-mode]");
  for (const mode of modes) {
    mode.onclick = () => {
      viewer.setMode(mode.dataset.mode);
      for (const other of modes) other.setAttribute("aria-pressed", other === mode);
    };
  }
  toggle(button("turntable"), (on) => viewer.navigation.turntable(on));
  toggle(button("keep"), () => {});
  button("reset").onclick = () => viewer.reset();
  button("picture").onclick = async () => save(await viewer.picture(), "head.png");
  mountFullscreen(element, button("fullscreen"), viewer);
  return () => isPressed(button("keep"));
}

function isPressed(button) {
  return button.getAttribute("aria-pressed") === "true";
}

function toggle(button, use) {
  button.onclick = () => {
    button.setAttribute("aria-pressed", !isPressed(button));
    use(isPressed(button));
  };
}

function save(blob, name) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The viewer on the whole screen; on a phone that lends its screen to videos alone, on the whole page. */
function mountFullscreen(element, button, viewer) {
  const show = () => {
    const on = document.fullscreenElement === element || element.classList.contains("whole");
    button.setAttribute("aria-pressed", on);
    viewer.navigation.fill(on);
  };
  const leave = async () => {
    element.classList.remove("whole");
    if (document.fullscreenElement) await document.exitFullscreen();
    show();
  };
  button.onclick = async () => {
    if (isPressed(button)) return leave();
    try {
      await element.requestFullscreen();
    } catch {
      element.classList.add("whole");
    }
    show();
  };
  element.addEventListener("keydown", (event) => event.key === "Escape" && leave());
  document.addEventListener("fullscreenchange", show);
}
