// The 3D view of a head. It knows nothing of Gradio: give it a canvas and numbers.
//
//   const viewer = new HeadViewer(canvas);
//   viewer.setMesh({ positions, normals, triangles });   // Float32Array metres, Float32Array, Uint32Array
//   viewer.setPositions(positions);                      // the same triangles, moved (normals are recomputed)
//   viewer.setMesh(another, "preview");                  // kept beside the first, "exact",
//   viewer.showMesh("preview");                          // and shown in its place
//
// The camera is set by the first mesh and then belongs to the user. Nothing is drawn unless something changed.
// Where there is no graphics card, smooth edges would make a moving head three times slower: they come when it rests.
import {
  BufferAttribute, BufferGeometry, Box3, DirectionalLight, Group, HemisphereLight, Mesh, MeshBasicMaterial,
  MeshNormalMaterial, MeshStandardMaterial, NeutralToneMapping, OrbitControls, PerspectiveCamera, Scene, Sphere,
  Spherical, Vector3, WebGLRenderer,
} from "./three.min.js";

const FIRST_YAW = 0.38; // radians: a little from the side, so that a still picture already shows depth
const KEY_STEP = 0.12; // radians for one press of an arrow key
const MARGIN = 0.92; // of the sphere around the head that is framed: a head does not fill its sphere
const WITHOUT_CARD = /swiftshader|llvmpipe|softpipe|basic render/i; // names of renderers
const AT_REST = 1000; // ms without a change
const FINER = 2; // pixels drawn for one of the picture, along each side, when it rests

export class HeadViewer {
  frames = 0; // frames drawn because something changed
  geometries = {};
  shown = null; // the name of one of them
  painted = null; // the name of the one that shows its colours
  pending = null; // a frame that was asked for
  atRest = false; // whether the next frame is a smooth one
  held = false; // whether a hand is turning it
  passing = false; // whether another mesh is on its way: a smooth frame of this one would only delay it
  onFrame = () => {}; // called before each frame

  constructor(canvas) {
    this.canvas = canvas;
    this.hasCard = !WITHOUT_CARD.test(rendererName());
    this.renderer = new WebGLRenderer({ canvas, antialias: this.hasCard, alpha: true });
    this.renderer.toneMapping = NeutralToneMapping;
    this.renderer.toneMappingExposure = 1.12;
    this.scene = new Scene();
    this.camera = new PerspectiveCamera(24, 1, 0.05, 10);
    this.scene.add(this.camera); // because the lights hang from it
    this.camera.add(lights());
    this.materials = {
      shaded: new MeshStandardMaterial({ color: 0xcdbfb2, roughness: 0.62, metalness: 0 }),
      normals: new MeshNormalMaterial(),
      wireframe: new MeshStandardMaterial({
        color: 0xd9cfc5, roughness: 0.8, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1,
      }),
      painted: new MeshStandardMaterial({
        vertexColors: true, roughness: 0.9, polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1,
      }),
    };
    this.wires = new MeshBasicMaterial({ color: 0x2c3f52, wireframe: true, transparent: true, opacity: 0.3 });
    this.mode = "shaded";
    this.controls = new OrbitControls(this.camera, canvas);
    Object.assign(this.controls, {
      enableDamping: true, dampingFactor: 0.12, enablePan: false, minDistance: 0.2, maxDistance: 3, autoRotateSpeed: 3,
    });
    canvas.style.touchAction = "pan-y"; // a thumb going down the page scrolls it, going sideways it turns the head
    this.controls.addEventListener("change", () => this.draw());
    this.controls.addEventListener("start", () => (this.held = true));
    this.controls.addEventListener("end", () => (this.held = false));
    canvas.addEventListener("keydown", (event) => this.#onKey(event));
    canvas.addEventListener("wheel", (event) => this.#onWheel(event), { capture: true });
    this.resizing = new ResizeObserver(() => this.draw());
    this.resizing.observe(canvas.parentElement);
  }

  /** Keeps a mesh under a name, in place of the one that had it. The first one, and one whose name is shown, shows. */
  setMesh({ positions, normals, triangles }, name = "exact") {
    const geometry = new BufferGeometry();
    geometry.setAttribute("position", new BufferAttribute(positions, 3));
    geometry.setIndex(new BufferAttribute(triangles, 1));
    if (normals) geometry.setAttribute("normal", new BufferAttribute(normals, 3));
    else geometry.computeVertexNormals();
    this.geometries[name]?.dispose();
    this.geometries[name] = geometry;
    if (!this.surface || this.shown === name) this.showMesh(name);
  }

  showMesh(name) {
    const geometry = this.geometries[name];
    this.shown = name;
    if (this.surface) {
      this.surface.geometry = this.wireframe.geometry = geometry;
    } else {
      // The mesh joins the scene with its first data: three compiles a faceted shader for one without normals.
      this.surface = new Mesh(geometry, this.materials[this.mode]);
      this.wireframe = new Mesh(geometry, this.wires);
      this.surface.frustumCulled = this.wireframe.frustumCulled = false; // a moved head keeps its first bounds
      this.scene.add(this.surface, this.wireframe);
    }
    this.#dress();
  }

  /** Shows nothing, as before the first mesh. The camera stays. */
  clear() {
    if (!this.surface) return;
    this.scene.remove(this.surface, this.wireframe);
    for (const geometry of Object.values(this.geometries)) geometry.dispose();
    this.geometries = {};
    this.surface = this.wireframe = this.shown = null;
    this.renderer.clear();
  }

  setPositions(positions, normals = null, name = this.shown) {
    const { attributes } = this.geometries[name];
    attributes.position.array.set(positions);
    attributes.position.needsUpdate = true;
    if (normals) attributes.normal.array.set(normals);
    else this.geometries[name].computeVertexNormals();
    attributes.normal.needsUpdate = true;
    this.draw();
  }

  /** Paints the mesh of a name: linear RGB (3 V,) between 0 and 1, or null for no paint. */
  setColours(colours, name) {
    const geometry = this.geometries[name];
    if (colours && geometry.attributes.color) {
      geometry.attributes.color.array.set(colours);
      geometry.attributes.color.needsUpdate = true;
    } else if (colours) {
      geometry.setAttribute("color", new BufferAttribute(colours.slice(), 3));
    }
    this.painted = colours ? name : null;
    this.#dress();
  }

  setMode(mode) {
    this.mode = mode;
    this.#dress();
  }

  setTurntable(on) {
    this.controls.autoRotate = on;
    this.draw();
  }

  /** Frames the whole head, from a little to the side. */
  reset() {
    if (!this.surface) return;
    const sphere = new Box3().setFromObject(this.surface).getBoundingSphere(new Sphere());
    const halfAngle = (this.camera.fov * Math.PI) / 360;
    const narrow = Math.min(1, this.camera.aspect);
    const distance = (MARGIN * sphere.radius) / Math.sin(halfAngle) / narrow;
    this.controls.target.copy(sphere.center);
    this.camera.position.setFromSpherical(new Spherical(distance, Math.PI / 2, FIRST_YAW)).add(sphere.center);
    this.controls.update();
    this.draw();
  }

  /** Asks for one frame; many asks before it is drawn are one. */
  draw() {
    this.atRest = false;
    this.pending ??= requestAnimationFrame(() => this.#frame());
  }

  /** The ray through a point of the window: {from, along}, each [x, y, z]. */
  rayThrough(clientX, clientY) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect();
    this.camera.updateMatrixWorld(); // it may have moved since the last frame
    const far = new Vector3((2 * (clientX - left)) / width - 1, 1 - (2 * (clientY - top)) / height, 0.5);
    far.unproject(this.camera);
    return { from: this.camera.position.toArray(), along: far.sub(this.camera.position).normalize().toArray() };
  }

  /** The view as a PNG data URL, background not included. */
  snapshot() {
    this.renderer.render(this.scene, this.camera); // the picture of the last frame is not kept
    return this.canvas.toDataURL("image/png");
  }

  /** Gives the shown mesh the material of the mode, or its paint. */
  #dress() {
    if (!this.surface) return;
    this.surface.material = this.materials[this.painted === this.shown ? "painted" : this.mode];
    this.wireframe.visible = this.mode === "wireframe";
    this.draw();
  }

  #frame() {
    this.onFrame(); // what it changes is in this frame already
    this.pending = null;
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    if (!width || !height || !this.surface) return; // hidden, or nothing to show: the next change asks again
    const atRest = this.atRest;
    this.atRest = false;
    const ratio = Math.min(window.devicePixelRatio, 2) * (atRest ? FINER : 1);
    if (this.width !== width || this.height !== height || this.renderer.getPixelRatio() !== ratio) {
      [this.width, this.height] = [width, height];
      this.renderer.setPixelRatio(ratio);
      this.renderer.setSize(width, height, false);
      this.camera.aspect = width / height;
      this.camera.updateProjectionMatrix();
      if (this.frames === 0) this.reset(); // only now is the shape of the picture known
    }
    const turning = !atRest && this.controls.update(); // damping and turntable: emits "change" while something moves
    if (!turning && !this.held) this.#stopTurning();
    this.renderer.render(this.scene, this.camera);
    if (!atRest) this.frames++;
    if (this.controls.autoRotate) this.draw();
    if (!this.hasCard && !atRest) this.#drawAtRest();
  }

  /** Ends a turn. OrbitControls tells of none below a millimetre, and the rest would come with the next frame. */
  #stopTurning() {
    this.controls.enableDamping = false;
    this.controls.update();
    this.controls.enableDamping = true;
  }

  /** One smooth frame when nothing has changed for a while, unless something is about to. */
  #drawAtRest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (this.passing) return;
      const alone = this.pending === null;
      this.draw();
      this.atRest = alone; // until something asks for that frame, too
    }, AT_REST);
  }

  #onKey(event) {
    const turns = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const zooms = { "+": 1 / 1.1, "=": 1 / 1.1, "-": 1.1 };
    const offset = new Vector3().subVectors(this.camera.position, this.controls.target);
    const place = new Spherical().setFromVector3(offset);
    if (turns[event.key]) {
      place.theta -= KEY_STEP * turns[event.key][0];
      place.phi += KEY_STEP * turns[event.key][1];
      place.makeSafe();
    } else if (zooms[event.key]) {
      place.radius *= zooms[event.key];
    } else {
      return;
    }
    event.preventDefault();
    this.camera.position.setFromSpherical(place).add(this.controls.target);
    this.controls.update();
    this.draw();
  }

  /** The wheel scrolls the page until the picture was clicked: a viewer must not trap a reader on the way down. */
  #onWheel(event) {
    if (document.activeElement !== this.canvas) event.stopImmediatePropagation();
  }
}

let renderer; // what draws in this browser, for all viewers

/** What draws, as WebGL names it; nothing where it does not tell. */
function rendererName() {
  return (renderer ??= askForRenderer());
}

function askForRenderer() {
  const gl = document.createElement("canvas").getContext("webgl2");
  const names = gl?.getExtension("WEBGL_debug_renderer_info");
  const name = names ? gl.getParameter(names.UNMASKED_RENDERER_WEBGL) : "";
  gl?.getExtension("WEBGL_lose_context")?.loseContext(); // browsers allow few at once
  return name;
}

/** A warm key from the upper left, a soft cool fill, and two rims that cut the outline out of the background. */
function lights() {
  const group = new Group();
  const place = (colour, strength, x, y, z) => {
    const light = new DirectionalLight(colour, strength);
    light.position.set(x, y, z);
    light.target.position.set(0, 0, -1);
    group.add(light, light.target);
  };
  group.add(new HemisphereLight(0xf4f1ee, 0x978c83, 1.0));
  place(0xfff1e2, 2.3, -1.6, 1.8, 1.2);
  place(0xdfe8f5, 0.55, 2.2, 0.2, 1.0);
  place(0xffffff, 1.1, 1.6, 1.2, -3.2);
  place(0xe8eefc, 0.8, -2.0, 0.6, -3.0);
  return group;
}
