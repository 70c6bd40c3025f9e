// Reads the binary files in which heads travel to the browser.

const MESH = 0x4d4e3250; // "P2NM", little-endian
const PREVIEW = 0x504e3250; // "P2NP"

/** The file written by explorer/components/viewer/mesh_file.py. */
export async function fetchMesh(url) {
  const buffer = await fetchFile(url, MESH);
  const [, vertexCount, triangleCount] = new Uint32Array(buffer, 0, 3);
  const [centreX, centreY, centreZ, step] = new Float32Array(buffer, 12, 4);
  const stored = new Int16Array(buffer, 28, 6 * vertexCount);
  const normals = new Float32Array(3 * vertexCount);
  for (let i = 0; i < 3 * vertexCount; i++) normals[i] = stored[3 * vertexCount + i] / 32767;
  return {
    positions: positionsFrom(stored.subarray(0, 3 * vertexCount), [centreX, centreY, centreZ], step),
    normals,
    triangles: new Uint32Array(buffer, 28 + 12 * vertexCount, 3 * triangleCount),
  };
}

/** The file written by explorer/components/viewer/preview_file.py: what `Preview` is made of. */
export async function fetchPreview(url) {
  const buffer = await fetchFile(url, PREVIEW);
  let place = 8 + new Uint32Array(buffer, 4, 1)[0];
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, place - 8)));
  const read = (Kind, count) => {
    const array = new Kind(buffer, place, count);
    place += Math.ceil(array.byteLength / 4) * 4;
    return array;
  };
  const Index = header.vertices <= 1 << 16 ? Uint16Array : Uint32Array;
  const triangles = read(Index, 3 * header.faces);
  const base = positionsFrom(read(Int16Array, 3 * header.vertices), header.centre, header.step);
  const fields = new Map();
  for (const { name, step, count } of header.fields) {
    fields.set(name, { step, vertices: read(Index, count), displacements: read(Int16Array, 3 * count) });
  }
  return { base, fields, triangles, vertexRegion: read(Uint8Array, header.vertices), regions: header.regions };
}

async function fetchFile(url, magic) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`head: HTTP ${response.status}`);
  const buffer = await response.arrayBuffer();
  if (new Uint32Array(buffer, 0, 1)[0] !== magic) throw new Error("head: not the file it should be");
  return buffer;
}

function positionsFrom(stored, centre, step) {
  const positions = new Float32Array(stored.length);
  for (let i = 0; i < stored.length; i++) positions[i] = centre[i % 3] + stored[i] * step;
  return positions;
}
