"""What a training photograph shows, and what the renderer gives back. Fields are named as in the shaders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...frames import Camera


@dataclass(frozen=True)
class Donor:
    """The portrait whose picture becomes the texture. `skin` vertices, see `Bust`."""

    photograph: np.ndarray  # (T, T, 4) uint8, RGBA
    seen: np.ndarray  # (skin, 2) uint16, where it shows each vertex, 0..65535 over the picture
    trust: np.ndarray  # (skin, 3) uint8, how well; the same for the mirror image; how much it is scalp
    fill: np.ndarray  # (skin, 3) uint8, the colour where it shows neither


@dataclass(frozen=True)
class Light:
    """Beside the light that is in the portrait already. Linear light; one is the portrait's own."""

    world_from_camera: np.ndarray  # (3, 3), world: +y up
    irradiance: np.ndarray  # (9, 3) as surface.vert has it
    relight: float  # 0..1
    sun_direction: np.ndarray  # (3,) camera frame, towards the light
    sun_colour: np.ndarray  # (3,) zero for none; it casts shadows
    gloss: float  # how much of it skin reflects
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
    body_from_head: np.ndarray  # (3, 3) how the shoulders are turned
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
class Hair:
    """A shell over the skin. Portraits only paint hair flat on the skull."""

    lift: np.ndarray  # (skin,) metres that the hair stands off each skin vertex, 0 where there is none
    hair_colour: np.ndarray  # (3,) sRGB
    coarseness: float  # how much strands differ


@dataclass(frozen=True)
class Scene:
    """Everything that one photograph shows."""

    surface: np.ndarray  # (V, 6) metres and normals in the head frame, of `Bust.surfaces`
    camera: Camera  # px of the picture
    donor: Donor
    light: Light
    looks: Looks
    background: Background
    hair: Hair | None


@dataclass(frozen=True)
class Picture:
    """A photograph and what is known of each of its points. m = `Renderer.map_size`."""

    colour: np.ndarray  # (size, size, 3) uint8
    canonical: np.ndarray  # (m, m, 3) uint8, where on the neutral mean head, over `Bust.box`
    normals: np.ndarray  # (m, m, 3) int8, camera frame, times 127
    mask: np.ndarray  # (m, m) uint8, 255 on skin and eyes


def with_alpha(picture: np.ndarray) -> np.ndarray:
    """(..., 3) uint8 -> (..., 4), opaque."""
    return np.concatenate([picture, np.full_like(picture[..., :1], 255)], axis=-1)
