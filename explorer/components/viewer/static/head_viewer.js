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
import { lights, materials, wires } from "./look.js";
import { Navigation } from "./navigation.js";
import {
  BufferAttribute, BufferGeometry, Mesh, NeutralToneMapping, PerspectiveCamera, Scene, Sphere, Vector3, WebGLRenderer,
} from "./three.min.js";

const WITHOUT_CARD = /swiftshader|llvmpipe|softpipe|basic render/i; // names of renderers
const AT_REST = 1000; // ms without a change
const PICTURE = 2048; // px of the longer side of a picture that is saved
const FINER = 2; // pixels drawn for one of the picture, along each side, when it rests

export class HeadViewer {
  frames = 0; // frames drawn because something changed
  geometries = {};
  shown = null; // the name of one of them
  painted = null; // the name of the one that shows its colours
  pending = null; // a frame that was asked for
  atRest = false; // whether the next frame is a smooth one
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
    this.materials = materials();
    this.wires = wires();
    this.mode = "shaded";
    this.navigation = new Navigation(this.camera, canvas, () => this.draw());
    this.controls = this.navigation.controls;
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
      this.navigation.ready = true;
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
    this.navigation.ready = false;
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

  /** Frames the whole head, from a little to the side. */
  reset() {
    if (!this.surface) return;
    const { geometry } = this.surface;
    geometry.computeBoundingBox(); // anew: a moved head is not where it was
    this.navigation.frame(geometry.boundingBox.getBoundingSphere(new Sphere()));
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

  /** The view as a Blob, a PNG finer than the screen, background not included. */
  picture() {
    const { clientWidth: width, clientHeight: height } = this.canvas.parentElement;
    this.renderer.setPixelRatio(PICTURE / Math.max(width, height));
    this.renderer.setSize(width, height, false);
    this.renderer.render(this.scene, this.camera);
    const blob = new Promise((done) => this.canvas.toBlob(done)); // which copies at once
    this.draw(); // in the size of the screen again, before anyone sees it
    return blob;
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
      this.navigation.reshape(width / height);
      if (this.frames === 0) this.reset(); // only now is the shape of the picture known
    }
    if (!atRest) this.navigation.step();
    this.renderer.render(this.scene, this.camera);
    if (!atRest) this.frames++;
    if (this.controls.autoRotate) this.draw();
    if (!this.hasCard && !atRest) this.#drawAtRest();
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
