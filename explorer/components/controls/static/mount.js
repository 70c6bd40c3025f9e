// Joins the controls to their Gradio components (explorer/components/controls/__init__.py).
export { mountPad } from "./pad.js";
export { mountSliders } from "./sliders.js";
