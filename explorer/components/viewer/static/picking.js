// Which place of a head is under the pointer.

/** Where a ray first meets a surface with positions `p` from outside, [x, y, z], or null. */
export function firstHit(p, triangles, from, along) {
  const [ox, oy, oz] = from;
  const [dx, dy, dz] = along;
  let nearest = Infinity;
  for (let k = 0; k < triangles.length; k += 3) {
    const a = 3 * triangles[k], b = 3 * triangles[k + 1], c = 3 * triangles[k + 2];
    const ux = p[b] - p[a], uy = p[b + 1] - p[a + 1], uz = p[b + 2] - p[a + 2];
    const vx = p[c] - p[a], vy = p[c + 1] - p[a + 1], vz = p[c + 2] - p[a + 2];
    const hx = dy * vz - dz * vy, hy = dz * vx - dx * vz, hz = dx * vy - dy * vx;
    const facing = ux * hx + uy * hy + uz * hz;
    if (facing <= 0) continue; // seen from inside
    const sx = ox - p[a], sy = oy - p[a + 1], sz = oz - p[a + 2];
    const first = sx * hx + sy * hy + sz * hz;
    if (first < 0 || first > facing) continue;
    const qx = sy * uz - sz * uy, qy = sz * ux - sx * uz, qz = sx * uy - sy * ux;
    const second = dx * qx + dy * qy + dz * qz;
    if (second < 0 || first + second > facing) continue;
    const distance = (vx * qx + vy * qy + vz * qz) / facing;
    if (distance > 0 && distance < nearest) nearest = distance;
  }
  return nearest === Infinity ? null : [ox + nearest * dx, oy + nearest * dy, oz + nearest * dz];
}

/** The index of the vertex nearest to [x, y, z]. */
export function nearestVertex(positions, [x, y, z]) {
  let nearest = 0, smallest = Infinity;
  for (let i = 0; i < positions.length; i += 3) {
    const dx = positions[i] - x, dy = positions[i + 1] - y, dz = positions[i + 2] - z;
    const distance = dx * dx + dy * dy + dz * dz;
    if (distance < smallest) [nearest, smallest] = [i / 3, distance];
  }
  return nearest;
}
