"""Draws photographs of heads whose geometry is known. moderngl, on a GPU or on Mesa's software rasteriser (EGL)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from .blends import in_flat_picture, unrolled
from .bust import Bust
from .scene import Donor, Picture, Scene, with_alpha

SHADERS = Path(__file__).with_name("shaders")
SURFACES = {"skin": "skin", "shoulders": "cloth", "eyes": "eye", "mouth": "mouth", "hair": "hair"}  # and their shaders
TEXTURE_SIZE = 256  # px, of donors' photographs
DONOR_ROW = np.dtype([("seen", "u2", 2), ("mirrored", "u2", 2), ("trust", "u1", 4), ("fill", "u1", 4)])
DEPTH_RANGE = (-0.3, 0.6)  # metres behind the head's origin
CLOSEST = 0.04  # metres in front of the camera, for cameras nearer than the range
LIPS_PARTED = 0.0012  # metres; behind closed lips no mouth is drawn
SUN_REACH = 0.35  # metres around the head's origin that the sun's view covers
SHADOW_SIZE = 160  # px
MOUTH_DEPTH = (0.55, 0.9)  # canonical z where the mouth is dark, and where it is bright


class Renderer:
    """Holds the GL context and what all pictures share. Draws `fine_size` pixels wide and averages."""

    def __init__(self, bust: Bust, places: np.ndarray, size: int = 256, map_size: int = 128, fine_size: int = 384):
        """`places`: (K, h, w, 3) uint8 for backgrounds. `fine_size` is a multiple of `map_size`."""
        os.environ.setdefault("LP_NUM_THREADS", "0")  # the other cores belong to others
        import moderngl

        self.size, self.map_size, self.bust = size, map_size, bust
        settings: dict[str, Any] = {"standalone": True, "backend": "egl"}  # moderngl's types forget what a backend is
        gl = self.gl = moderngl.create_context(**settings)
        gl.front_face = "cw"  # the picture's y points down
        self.culled_solid = moderngl.CULL_FACE | moderngl.DEPTH_TEST

        count = len(bust.canonical)
        self.donor_rows = np.zeros(count, dtype=DONOR_ROW)
        self.lift = np.zeros(count, dtype="f4")
        static = np.concatenate([bust.canonical, bust.paint], axis=1).astype("f4")
        widths = 24, DONOR_ROW.itemsize, 4
        self.geometry, self.donor, self.lifts = (gl.buffer(reserve=count * width) for width in widths)
        attributes = [
            (self.geometry, "3f4 3f4", ("position", "normal")),
            (gl.buffer(static.tobytes()), "3f4 3f4", ("canonical", "paint")),
            (self.donor, "2u2 2u2 4f1 4f1", ("seen", "mirrored", "trust", "fill")),
            (self.lifts, "1f4", ("lift",)),
        ]
        read = lambda name: (SHADERS / name).read_text()

        def surface(name: str, shader: str) -> tuple:
            program = gl.program(vertex_shader=read("surface.vert"), fragment_shader=shader)
            triangles = gl.buffer(bust.triangles[name].astype("i4").tobytes())
            return program, gl.vertex_array(program, used_by(program, attributes), triangles)

        shared = read("surface.glsl")
        self.surfaces = {name: surface(name, shared + read(f"{shader}.frag")) for name, shader in SURFACES.items()}
        self.shadow_caster = surface("skin", read("shadow.frag"))
        flat = np.zeros((count, 3), dtype="f4")
        flat[: bust.skin] = unrolled(bust.neutral_skin())
        attributes.append((gl.buffer(flat.tobytes()), "3f4", ("flat_place",)))
        program = gl.program(vertex_shader=read("flatten.vert"), fragment_shader=read("flatten.frag"))
        triangles = gl.buffer(in_flat_picture(flat, bust.triangles["skin"]).astype("i4").tobytes())
        self.flattening = program, gl.vertex_array(program, used_by(program, attributes), triangles)
        self.screens = {}
        for name in ("finish", "thin"):
            program = gl.program(vertex_shader=read("fill.vert"), fragment_shader=read(f"{name}.frag"))
            self.screens[name] = program, gl.vertex_array(program, [])

        number, height, width, _ = places.shape
        self.places = gl.texture_array((width, height, number), 4, with_alpha(places).tobytes())
        self.places.build_mipmaps()
        self.places.filter = moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR
        grain = np.random.default_rng(0).integers(0, 256, (128, 128), dtype=np.uint8)
        self.grain = gl.texture((128, 128), 1, grain.tobytes(), alignment=1)
        self.photograph = gl.texture((TEXTURE_SIZE, TEXTURE_SIZE), 4)
        self.photograph.repeat_x = self.photograph.repeat_y = False

        target = lambda n: gl.texture((n, n), 4)
        self.fine = gl.framebuffer([target(fine_size) for _ in range(3)], gl.depth_renderbuffer((fine_size, fine_size)))
        self.shadows = gl.depth_texture((SHADOW_SIZE, SHADOW_SIZE))
        self.shadows.repeat_x = self.shadows.repeat_y = False
        self.sun = gl.framebuffer(depth_attachment=self.shadows)
        self.whole = gl.framebuffer([target(size)])
        self.maps = gl.framebuffer([target(map_size), target(map_size)])
        self.flat = gl.framebuffer([target(TEXTURE_SIZE)], gl.depth_renderbuffer((TEXTURE_SIZE, TEXTURE_SIZE)))

    def draw(self, scene: Scene) -> Picture:
        """One photograph of one head, and its maps."""
        self.load(scene)
        values = self.uniforms(scene)
        lips = scene.surface[self.bust.landmarks68[[62, 66]], :3]
        parted = np.linalg.norm(lips[0] - lips[1]) > LIPS_PARTED
        self.photograph.use(0)
        self.places.use(1)
        self.grain.use(2)
        self.shadows.use(3)
        self.gl.enable(self.culled_solid)
        if scene.light.sun_colour.any():
            self.cast_shadows(values)
        self.fine.use()
        self.fine.clear()
        for name, (program, triangles) in self.surfaces.items():
            if not (name == "mouth" and not parted or name == "hair" and scene.hair is None):
                put(program, values | {"lifted": float(name == "hair")})
                triangles.render()
        self.gl.disable(self.culled_solid)
        colour, canonical, normals = self.fine.color_attachments
        self.fill("finish", self.whole, [colour], values)
        stride = self.fine.width // self.map_size
        self.fill("thin", self.maps, [canonical, normals], {"canonical": 0, "normal": 1, "stride": stride})
        canonical, normals = (self.read(self.maps, attachment) for attachment in (0, 1))
        return Picture(
            colour=self.read(self.whole)[..., :3],
            canonical=canonical[..., :3],
            normals=(normals[..., :3] ^ 0x80).view(np.int8).clip(-127, 127),
            mask=canonical[..., 3],
        )

    def flatten(self, donor: Donor) -> np.ndarray:
        """(TEXTURE_SIZE, TEXTURE_SIZE, 3) uint8: its skin as `blends.unrolled` lays it flat."""
        self.load_donor(donor)
        self.photograph.use(0)
        self.gl.enable(self.culled_solid)
        self.flat.use()
        self.flat.clear()
        program, triangles = self.flattening
        put(program, {"photograph": 0})
        triangles.render()
        self.gl.disable(self.culled_solid)
        return self.read(self.flat)[..., :3]

    def load(self, scene: Scene) -> None:
        """Send what differs from head to head."""
        self.load_donor(scene.donor)
        self.geometry.write(np.ascontiguousarray(scene.surface, dtype="f4"))
        if scene.hair is not None:
            self.lift[: self.bust.skin] = scene.hair.lift
            self.lifts.write(self.lift)

    def load_donor(self, donor: Donor) -> None:
        skin, rows = self.bust.skin, self.donor_rows
        rows["seen"][:skin] = donor.seen
        rows["mirrored"][:skin] = donor.seen[self.bust.mirror]
        rows["trust"][:skin, :3] = donor.trust
        rows["fill"][:skin, :3] = donor.fill
        self.donor.write(rows)
        self.photograph.write(donor.photograph)

    def cast_shadows(self, values: dict) -> None:
        """The depth of the skin in the sun's view."""
        self.sun.use()
        self.sun.clear()
        program, triangles = self.shadow_caster
        put(program, values | {"sun_view": 1.0, "lifted": 0.0})
        triangles.render()

    def uniforms(self, scene: Scene) -> dict:
        camera = {name: value.numpy() for name, value in vars(scene.camera).items()}
        camera_from_head = camera.pop("rotation")
        nearness = float(camera["inverse_distance"])
        near = max(DEPTH_RANGE[0], CLOSEST - 1 / nearness) if nearness > 0 else DEPTH_RANGE[0]
        lids = scene.surface[self.bust.landmarks68[[37, 38, 43, 44]], 1]
        return {
            "camera_from_head": camera_from_head,
            **camera,
            "size": self.size,
            "depth_range": (near, DEPTH_RANGE[1]),
            "sun_from_head": sun_from_camera(scene.light.sun_direction) @ camera_from_head / SUN_REACH,
            "sun_view": 0.0,
            "lid_height": (lids[:2].mean(), lids[2:].mean()),
            "mouth_depth": MOUTH_DEPTH,
            "photograph": 0, "fine": 0, "places": 1, "grain": 2, "shadows": 3,  # texture units
            **vars(scene.light), **vars(scene.looks), **vars(scene.background),
            **(vars(scene.hair) if scene.hair else {}),
        }  # fmt: skip

    def fill(self, name: str, target, textures: list, values: dict) -> None:
        """Run a shader over all of a target."""
        target.use()
        for unit, texture in enumerate(textures):
            texture.use(unit)
        program, triangle = self.screens[name]
        put(program, values)
        triangle.render(vertices=3)

    def read(self, target, attachment: int = 0) -> np.ndarray:
        rows = target.read(components=4, attachment=attachment)
        return np.frombuffer(rows, np.uint8).reshape(target.height, target.width, 4)


def sun_from_camera(sun_direction: np.ndarray) -> np.ndarray:
    """(3, 3) rotation into a view from the sun: z away from it."""
    right = np.cross(sun_direction, [0.3, 1.0, 0.2])
    right = right / np.linalg.norm(right)
    return np.stack([right, np.cross(right, sun_direction), -sun_direction])


def used_by(program, attributes: list[tuple]) -> list[tuple]:
    """The buffers, layouts and names for `vertex_array`, with what the program does not read as padding."""
    used = []
    for buffer, layout, names in attributes:
        sizes = [int(part[0]) * {"f4": 4, "u2": 2, "f1": 1}[part[1:]] for part in layout.split()]
        parts = [part if name in program else f"{size}x1" for part, name, size in zip(layout.split(), names, sizes)]
        kept = [name for name in names if name in program]
        if kept:
            used.append((buffer, " ".join(parts), *kept))
    return used


def put(program, values: dict) -> None:
    """Set every uniform of the program from the value of its name."""
    import moderngl

    for name in program:
        if isinstance(uniform := program[name], moderngl.Uniform):
            value = values[name]
            if isinstance(value, np.ndarray) and value.ndim:
                columns = value.T if value.shape == (3, 3) else value  # GL's matrices go column by column
                uniform.write(columns.astype("f4").tobytes())
            else:
                uniform.value = value
