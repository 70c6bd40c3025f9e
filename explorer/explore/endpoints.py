"""What another program can ask of the running app: `interpolate`, `swap` and `decode`, code files in, files out."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import gradio as gr
import torch
from gradio.components import Component

from pix2nphm import latent
from pix2nphm.codes import HeadCode
from pix2nphm.surface import save_mesh

from ..platform.messages import errors_in_words, failure
from ..platform.visitor_files import new_folder
from ..reconstruct.downloads import MESH_FORMATS
from .files import code_file
from .services import Services

NO_FILE = "A head code file is needed: the .npz that reconstruct answers, or one saved from the page."
NO_NUMBER = "{} must be a number from -0.5 to 1.5."
NO_FORMAT = f"A mesh comes as {', '.join(MESH_FORMATS)}."


def interpolate(
    services: Services, a: str | None, b: str | None, identity: float, expression: float
) -> tuple[str, str]:
    """The head between two: files of two head codes -> its mesh as GLB (metres, +y up, face along +z), its code .npz.

    identity and expression say how far to go from a (0) to b (1) in each; both go from -0.5 to 1.5.
    """
    with errors_in_words():
        for name, amount in (("identity", identity), ("expression", expression)):
            check_number(name, amount)
        code = latent.interpolate(read(services, a), read(services, b), identity, expression)
        return mesh_file(services, code, "blend", "glb"), code_file(new_folder(), code, services.model, "blend")


def swap(services: Services, a: str | None, b: str | None) -> tuple[str, str]:
    """Two heads with their expressions exchanged: files of two head codes -> two codes as .npz.

    The first is a's identity with b's expression, the second b's identity with a's expression.
    """
    with errors_in_words():
        codes = latent.swap(read(services, a), read(services, b))
        first, second = (code_file(new_folder(), code, services.model, name) for code, name in zip(codes, ("a", "b")))
        return first, second


def decode(services: Services, code: str | None, format: str) -> str:
    """The surface of one head: a file of a head code -> its mesh as glb, ply, obj or stl.

    Metres (stl: millimetres), +y up, face along +z, outward winding.
    """
    with errors_in_words():
        if format not in MESH_FORMATS:
            raise failure(NO_FORMAT)
        return mesh_file(services, read(services, code), "head", format)


def read(services: Services, file: str | None) -> HeadCode:
    """One head from an uploaded file. Raises gr.Error and BadCode with a sentence."""
    if not file:
        raise failure(NO_FILE)
    code = services.model.load_code(file)
    code.check_one(services.model.code_shape)
    return code


def check_number(name: str, value: object) -> None:
    """Raises gr.Error with a sentence. How large it may be, `latent.interpolate` says."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise failure(NO_NUMBER.format(name))


@torch.inference_mode()
def mesh_file(services: Services, code: HeadCode, name: str, suffix: str) -> str:
    """The path of a new file."""
    path = new_folder() / f"{name}.{suffix}"
    save_mesh(services.exact.mesh(code), path)
    return str(path)


def build(services: Services) -> None:
    """Offer them, inside a `gr.Blocks`. Nothing of this is seen on the page."""

    def offer(function: Callable, inputs: list[Component], outputs: list[Component]) -> None:
        gr.Button().click(
            partial(function, services), inputs, outputs, api_name=function.__name__,
            api_description=function.__doc__, concurrency_limit=16, concurrency_id="explore",
        )  # fmt: skip

    def code(label: str) -> gr.File:
        return gr.File(label=label, file_types=[".npz"])

    with gr.Row(visible=False):
        amounts = [gr.Number(0.5, label="identity"), gr.Number(0.0, label="expression")]
        offer(interpolate, [code("a"), code("b"), *amounts], [gr.File(label="mesh"), gr.File(label="code")])
        exchanged = [gr.File(label="a with b's expression"), gr.File(label="b with a's expression")]
        offer(swap, [code("a"), code("b")], exchanged)
        formats = gr.Dropdown(MESH_FORMATS, value="glb", label="format")
        offer(decode, [code("code"), formats], [gr.File(label="mesh")])
