// What the viewer takes from three.js. To rebuild static/three.min.js (three 0.187.0), see README.md.
export {
  AmbientLight, BufferAttribute, BufferGeometry, Box3, Color, DirectionalLight, Group, HemisphereLight, Mesh,
  MeshBasicMaterial, MeshNormalMaterial, MeshStandardMaterial, NeutralToneMapping, PerspectiveCamera, Scene, Sphere,
  Spherical, Vector3, WebGLRenderer,
} from "three";
export { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
