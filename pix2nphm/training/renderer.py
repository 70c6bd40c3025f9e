"""Draws photographs of heads whose geometry is known. moderngl, on a GPU or on Mesa's software rasteriser (EGL)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..frames import Camera
from .bust import Bust

SHADERS = Path(__file__).with_name("shaders")
DEPTH_RANGE = (-0.3, 0.6)  # metres behind the head's origin
LIPS_PARTED = 0.0012  # metres; the mouth, drawn last, is not drawn behind closed lips
CLOSEST = 0.04  # metres in front of the camera, for cameras nearer than the range


@dataclass(frozen=True)
class Donor:
    """The portrait whose picture becomes the texture. S = the skin vertices of `Bust`."""

    photograph: np.ndarray  # (T, T, 3) uint8
    seen: np.ndarray  # (S, 2) uint16, where it shows each vertex, 0..65535 over the picture
    trust: np.ndarray  # (S, 3) uint8, how well; the same for the mirror image; how much it is scalp
    fill: np.ndarray  # (S, 3) uint8, the colour where it shows neither


@dataclass(frozen=True)
class Light:
    """Beside the light that is in the portrait already. Linear light; one is the portrait's own."""

    world_from_camera: np.ndarray  # (3, 3), world: +y up
    irradiance: np.ndarray  # (9, 3) as surface.vert has it
    relight: float  # 0..1
    sun_direction: np.ndarray  # (3,) camera frame, towards the light
    sun_colour: np.ndarray  # (3,)
    exposure: float


@dataclass(frozen=True)
class Looks:
    """What is painted. Colours are sRGB, 0..1."""

    gaze: np.ndarray  # (3,) head frame
    iris: np.ndarray  # (3,)
    sclera: np.ndarray  # (3,)
    pupil_iris: np.ndarray  # (2,) angular radii, radians
    teeth_tint: np.ndarray  # (3,)
    clothing: np.ndarray  # (3,)
    shirt: np.ndarray  # (3,)
    collar: float  # canonical height of the clothes' upper edge
    hair_grain: float


@dataclass(frozen=True)
class Background:
    """A window of a place, or a gradient."""

    layer: float  # which place
    window: np.ndarray  # (4,) left, top, width, height, 0..1
    blur: float  # mip level
    plain: float  # 0: place, 1: gradient
    plain_from: np.ndarray  # (3,)
    plain_to: np.ndarray  # (3,)
    plain_axis: np.ndarray  # (2,)
    colourful: float  # 0: without colour, as the portrait


@dataclass(frozen=True)
class Picture:
    """A photograph and what is known of each of its points. `m` is `Renderer.map_size`."""

    colour: np.ndarray  # (size, size, 3) uint8
    canonical: np.ndarray  # (m, m, 3) uint8, where on the neutral mean head, over `Bust.box`
    normals: np.ndarray  # (m, m, 3) int8, camera frame, times 127
    mask: np.ndarray  # (m, m) uint8, 255 on skin and eyes


class Renderer:
    """Holds the GL context and what all pictures share. Draws at twice the size and averages."""

    def __init__(self, bust: Bust, places: np.ndarray, texture_size: int = 256, size: int = 256, map_size: int = 128, fine_size: int = 384):
        """`places`: (K, h, w, 3) uint8 for backgrounds."""
        os.environ.setdefault("LP_NUM_THREADS", "1")  # the other cores belong to others
        import moderngl

        self.size, self.map_size, self.bust = size, map_size, bust
        gl = self.gl = moderngl.create_context(standalone=True, backend="egl")
        read = lambda name: (SHADERS / name).read_text()
        surface = lambda name: gl.program(vertex_shader=read("surface.vert"), fragment_shader=read("surface.glsl") + read(name))
        screen = lambda name: gl.program(vertex_shader=read("fill.vert"), fragment_shader=read(name))

        skin = bust.skin
        static = np.concatenate([bust.canonical, bust.paint], axis=1).astype("f4")
        self.static = gl.buffer(static.tobytes())
        self.geometry = gl.buffer(reserve=len(static) * 24)
        self.donor = gl.buffer(reserve=len(static) * 16)
        self.donor_rows = np.zeros(len(static), dtype=[("seen", "u2", 2), ("mirrored", "u2", 2), ("trust", "u1", 4), ("fill", "u1", 4)])
        self.donor_rows["trust"][:, 3] = 255
        content = [
            (self.geometry, "3f4 3f4", "position", "normal"),
            (self.static, "3f4 3f4", "canonical", "paint"),
            (self.donor, "2u2 2u2 4f1 4f1", "seen", "mirrored", "trust", "fill"),
        ]
        self.surfaces = []
        for name, shader in (("skin", "skin.frag"), ("shoulders", "cloth.frag"), ("eyes", "eye.frag"), ("mouth", "mouth.frag")):
            program = surface(shader)
            used = [(buffer, *only_used(layout, names, program)) for buffer, layout, *names in content]
            used = [attributes for attributes in used if len(attributes) > 2]
            triangles = gl.buffer(bust.triangles[name].astype("i4").tobytes())
            self.surfaces.append((program, gl.vertex_array(program, used, triangles)))
        self.finish, self.thin = screen("finish.frag"), screen("thin.frag")
        self.screens = {program: gl.vertex_array(program, []) for program in (self.finish, self.thin)}

        count, height, width, _ = places.shape
        self.places = gl.texture_array((width, height, count), 3, np.ascontiguousarray(places).tobytes(), alignment=1)
        self.places.build_mipmaps()
        self.places.filter = moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR
        grain = np.random.default_rng(0).integers(0, 256, (128, 128), dtype=np.uint8)
        self.grain = gl.texture((128, 128), 1, grain.tobytes(), alignment=1)
        self.photograph = gl.texture((texture_size, texture_size), 3, alignment=1)
        self.photograph.repeat_x = self.photograph.repeat_y = False

        target = lambda n, components=4: gl.texture((n, n), components)
        fine = [target(fine_size) for _ in range(3)]
        self.fine = gl.framebuffer(fine, gl.depth_renderbuffer((fine_size, fine_size)))
        self.whole = gl.framebuffer([target(size, 3)])
        self.maps = gl.framebuffer([target(map_size), target(map_size)])
        self.skin = skin

    def draw(self, geometry: np.ndarray, camera: Camera, donor: Donor, light: Light, looks: Looks, background: Background) -> Picture:
        """One photograph of one head: `geometry` (N, 6) of `Bust.surfaces`, `camera` in px of the picture."""
        import moderngl

        gl, skin = self.gl, self.skin
        nearness = float(camera.inverse_distance)
        near = max(DEPTH_RANGE[0], CLOSEST - 1 / nearness) if nearness > 0 else DEPTH_RANGE[0]
        lids = geometry[self.bust.landmarks68[[37, 38, 43, 44]], 1]
        values = {
            "camera_from_head": camera.rotation.numpy(),
            "scale": float(camera.scale),
            "centre": camera.centre.numpy(),
            "inverse_distance": nearness,
            "size": float(self.size),
            "depth_range": (near, DEPTH_RANGE[1]),
            "lid_height": (float(lids[:2].mean()), float(lids[2:].mean())),
            "mouth_depth": (0.55, 0.9),
            "photograph": 0,
            "fine": 0,
            "places": 1,
            "grain": 2,
            **vars(light), **vars(looks), **vars(background),
        }  # fmt: skip
        rows = self.donor_rows
        rows["seen"][:skin] = donor.seen
        rows["mirrored"][:skin] = donor.seen[self.bust.mirror]
        rows["trust"][:skin, :3] = donor.trust
        rows["fill"][:skin, :3] = donor.fill
        self.geometry.write(np.ascontiguousarray(geometry, dtype="f4"))
        self.donor.write(rows)
        self.photograph.write(donor.photograph)
        self.photograph.use(0)
        self.places.use(1)
        self.grain.use(2)

        self.fine.use()
        gl.enable(moderngl.CULL_FACE | moderngl.DEPTH_TEST)
        self.fine.clear()
        gl.front_face = "cw"  # the picture's y points down
        lips = geometry[self.bust.landmarks68[[62, 66]], :3]
        parted = np.linalg.norm(lips[0] - lips[1]) > LIPS_PARTED
        for program, array in self.surfaces if parted else self.surfaces[:-1]:
            put(program, values)
            array.render()
        gl.disable(moderngl.CULL_FACE | moderngl.DEPTH_TEST)
        colour, canonical, normal = self.fine.color_attachments
        self.whole.use()
        colour.use(0)
        put(self.finish, values)
        self.screens[self.finish].render(vertices=3)
        self.maps.use()
        canonical.use(0)
        normal.use(1)
        put(self.thin, {"canonical": 0, "normal": 1, "stride": self.fine.size[0] // self.map_size})
        self.screens[self.thin].render(vertices=3)

        m = self.map_size
        read = lambda target, n, attachment=0, c=4: np.frombuffer(target.read(components=c, attachment=attachment, alignment=1), np.uint8).reshape(n, n, c)
        places = read(self.maps, m)
        normals = read(self.maps, m, 1)
        return Picture(
            colour=read(self.whole, self.size, c=3),
            canonical=places[..., :3],
            normals=(normals[..., :3] ^ 0x80).view(np.int8).clip(-127, 127),
            mask=places[..., 3],
        )


def only_used(layout: str, names: list[str], program) -> tuple[str, ...]:
    """The buffer layout with what the program does not read as padding, then the names that it reads."""
    width = {"f4": 4, "u2": 2, "f1": 1}
    kept = []
    formats = []
    for part, name in zip(layout.split(), names):
        if name in program:
            formats.append(part)
            kept.append(name)
        else:
            formats.append(f"{int(part[0]) * width[part[-2:]]}x1")
    return " ".join(formats), *kept


def put(program, values: dict) -> None:
    """Set every uniform of the program from the value of its name."""
    import moderngl

    for name in program:
        if isinstance(program[name], moderngl.Uniform):
            value = values[name]
            if isinstance(value, np.ndarray):
                columns = value.T if value.shape == (3, 3) else value  # GL's matrices go column by column
                program[name].write(columns.astype("f4").tobytes())
            else:
                program[name].value = value
