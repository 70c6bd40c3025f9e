// A head of fixed topology that is linear in its weights: base + the sum of weight * field. Plain numbers, no drawing.

export class Preview {
  #weights = new Map(); // what `positions` holds, by the name of the field

  /** As `fetchPreview` reads it: positions in metres, fields that name the vertices they move. */
  constructor({ base, fields, triangles, vertexRegion, regions }) {
    Object.assign(this, { base, fields, triangles, vertexRegion, regions });
    this.positions = base.slice();
    this.normals = new Float32Array(base.length);
    this.moved = new Float32Array(base.length / 3); // millimetres from the base
    this.#computeNormals();
  }

  /** Moves the vertices to these weights, by name. A missing name is 0, an unknown one ignored. True if any moved. */
  blend(weights) {
    let any = false;
    for (const [name, field] of this.fields) {
      const weight = weights[name] ?? 0;
      const change = weight - (this.#weights.get(name) ?? 0);
      if (change === 0) continue;
      this.#add(field, change * field.step);
      this.#weights.set(name, weight);
      any = true;
    }
    if (any) {
      if (![...this.#weights.values()].some(Boolean)) this.positions.set(this.base); // no dust of many small steps
      this.#computeNormals();
    }
    return any;
  }

  /** How far each vertex is from the base, in `moved`; returns the farthest, millimetres. */
  measure() {
    const { base, positions, moved } = this;
    let farthest = 0;
    for (let v = 0, i = 0; v < moved.length; v++, i += 3) {
      const dx = positions[i] - base[i], dy = positions[i + 1] - base[i + 1], dz = positions[i + 2] - base[i + 2];
      moved[v] = 1000 * Math.sqrt(dx * dx + dy * dy + dz * dz);
      if (moved[v] > farthest) farthest = moved[v];
    }
    return farthest;
  }

  regionOf(vertex) {
    return this.regions[this.vertexRegion[vertex]];
  }

  #add({ vertices, displacements }, factor) {
    const { positions } = this;
    for (let k = 0, j = 0; k < vertices.length; k++, j += 3) {
      const i = 3 * vertices[k];
      positions[i] += factor * displacements[j];
      positions[i + 1] += factor * displacements[j + 1];
      positions[i + 2] += factor * displacements[j + 2];
    }
  }

  /** Sums of the normals of the triangles around, weighted by their areas. */
  #computeNormals() {
    const { positions: p, normals: n, triangles: t } = this;
    n.fill(0);
    for (let k = 0; k < t.length; k += 3) {
      const a = 3 * t[k], b = 3 * t[k + 1], c = 3 * t[k + 2];
      const ux = p[b] - p[a], uy = p[b + 1] - p[a + 1], uz = p[b + 2] - p[a + 2];
      const vx = p[c] - p[a], vy = p[c + 1] - p[a + 1], vz = p[c + 2] - p[a + 2];
      const x = uy * vz - uz * vy, y = uz * vx - ux * vz, z = ux * vy - uy * vx;
      n[a] += x; n[a + 1] += y; n[a + 2] += z;
      n[b] += x; n[b + 1] += y; n[b + 2] += z;
      n[c] += x; n[c + 1] += y; n[c + 2] += z;
    }
    for (let i = 0; i < n.length; i += 3) {
      const length = Math.hypot(n[i], n[i + 1], n[i + 2]) || 1;
      n[i] /= length; n[i + 1] /= length; n[i + 2] /= length;
    }
  }
}
