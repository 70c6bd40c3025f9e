// What a head is made of, and the light it stands in.
import {
  DirectionalLight, Group, HemisphereLight, MeshBasicMaterial, MeshNormalMaterial, MeshStandardMaterial,
} from "./three.min.js";

const UNDER_WIRES = { polygonOffset: true, polygonOffsetFactor: 1, polygonOffsetUnits: 1 };

/** By mode; "painted" shows the colours of the vertices. */
export function materials() {
  return {
    shaded: new MeshStandardMaterial({ color: 0xcdbfb2, roughness: 0.62, metalness: 0 }),
    normals: new MeshNormalMaterial(),
    wireframe: new MeshStandardMaterial({ color: 0xd9cfc5, roughness: 0.8, ...UNDER_WIRES }),
    painted: new MeshStandardMaterial({ vertexColors: true, roughness: 0.9, ...UNDER_WIRES }),
  };
}

export function wires() {
  return new MeshBasicMaterial({ color: 0x2c3f52, wireframe: true, transparent: true, opacity: 0.3 });
}

/** A warm key from the upper left, a soft cool fill, and two rims that cut the outline out of the background. */
export function lights() {
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
