// How the camera goes around a head: by mouse, fingers, wheel and keys. It knows nothing of what is drawn.
//
// Drag: turn. Right button, Shift, or two fingers: move. Wheel, pinch, plus and minus: come closer, to the pointer.
import { OrbitControls, Spherical, Vector3 } from "./three.min.js";

const FIRST_YAW = 0.38; // radians: a little from the side, so that a still picture already shows depth
const MARGIN = 0.92; // of the sphere around the head that is framed: a head does not fill its sphere
const CLOSEST = 0.2; // metres
const FARTHEST = 2; // times the distance at which the head is framed
const KEY_TURN = 0.12; // radians for one press of an arrow key
const KEY_MOVE = 0.03; // of the distance, for one with Shift
const SCROLLING = 250; // ms without a wheel event, after which one is a new gesture

export class Navigation {
  held = false; // whether a hand has the head
  ready = false; // whether there is a head to turn
  #scrolledAt = -Infinity; // ms, when the wheel last scrolled the page
  #fills = false; // whether the picture is the whole screen

  /** `draw` asks for a frame. */
  constructor(camera, canvas, draw) {
    Object.assign(this, { camera, canvas, draw });
    this.controls = new OrbitControls(camera, canvas);
    Object.assign(this.controls, {
      enableDamping: true, dampingFactor: 0.12, zoomToCursor: true, minDistance: CLOSEST, autoRotateSpeed: 3,
    });
    this.fill(false);
    this.controls.addEventListener("change", draw);
    this.controls.addEventListener("start", () => (this.held = true));
    this.controls.addEventListener("end", () => (this.held = false));
    canvas.addEventListener("keydown", (event) => this.#onKey(event));
    canvas.addEventListener("wheel", (event) => this.#onWheel(event), { capture: true });
    canvas.addEventListener("touchstart", (event) => {
      if (event.touches.length > 1) event.preventDefault(); // or the page scrolls under two fingers
    }, { passive: false });
    window.addEventListener("wheel", (event) => {
      if (event.target !== canvas) this.#scrolledAt = event.timeStamp;
    }, { capture: true, passive: true });
  }

  /** Whether the picture fills the screen, where there is no page to scroll. */
  fill(on) {
    this.#fills = on;
    this.canvas.style.touchAction = on ? "none" : "pan-y"; // a thumb going down the page scrolls it, sideways it turns
  }

  turntable(on) {
    this.controls.autoRotate = on;
    this.draw();
  }

  /** Frames a sphere, from a little to the side. What is in it can be moved about, and not out of sight. */
  frame({ center, radius }) {
    const halfAngle = (this.camera.fov * Math.PI) / 360;
    const distance = (MARGIN * radius) / Math.sin(halfAngle) / narrowness(this.camera.aspect);
    Object.assign(this.controls, { maxDistance: FARTHEST * distance, maxTargetRadius: radius });
    this.controls.cursor.copy(center);
    this.controls.target.copy(center);
    this.camera.position.setFromSpherical(new Spherical(distance, Math.PI / 2, FIRST_YAW)).add(center);
    this.controls.update();
    this.draw();
  }

  /** The picture has another shape: what was seen of the head stays in it. */
  reshape(aspect) {
    const farther = narrowness(this.camera.aspect) / narrowness(aspect);
    this.controls.maxDistance *= farther;
    this.camera.position.sub(this.controls.target).multiplyScalar(farther).add(this.controls.target);
    this.camera.aspect = aspect;
    this.camera.updateProjectionMatrix();
  }

  /** One step of a turn that runs out, or of the turntable. */
  step() {
    const turning = this.controls.update(); // emits "change" while something moves
    if (turning || this.held) return;
    // OrbitControls tells of no turn below a millimetre, and the rest of it would come with the next frame.
    this.controls.enableDamping = false;
    this.controls.update();
    this.controls.enableDamping = true;
  }

  #onKey(event) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const zooms = { "+": 1 / 1.1, "=": 1 / 1.1, "-": 1.1 };
    const arrow = arrows[event.key];
    if (!arrow && !zooms[event.key]) return;
    event.preventDefault();
    if (arrow && event.shiftKey) this.#move(...arrow);
    else if (arrow) this.#orbit((place) => { place.theta -= KEY_TURN * arrow[0]; place.phi += KEY_TURN * arrow[1]; });
    else this.#orbit((place) => { place.radius *= zooms[event.key]; });
    this.controls.update();
    this.draw();
  }

  #orbit(change) {
    const { position } = this.camera;
    const place = new Spherical().setFromVector3(position.sub(this.controls.target));
    change(place);
    position.setFromSpherical(place.makeSafe()).add(this.controls.target);
  }

  #move(right, down) {
    const step = KEY_MOVE * this.controls.getDistance();
    const by = new Vector3(-right * step, down * step, 0).applyQuaternion(this.camera.quaternion);
    this.controls.target.add(by);
    this.camera.position.add(by);
  }

  /** The wheel comes closer, unless it is on its way down the page or can come no closer: then the page scrolls. */
  #onWheel(event) {
    if (this.#fills) return;
    const { minDistance, maxDistance } = this.controls;
    const distance = this.controls.getDistance();
    const atEnd = event.deltaY > 0 ? distance > 0.999 * maxDistance : distance < 1.001 * minDistance;
    if (this.ready && !atEnd && event.timeStamp - this.#scrolledAt > SCROLLING) return;
    this.#scrolledAt = event.timeStamp;
    event.stopImmediatePropagation();
  }
}

/** How much of its height a picture is wide, where it is less than that. */
function narrowness(aspect) {
  return Math.min(1, aspect);
}
