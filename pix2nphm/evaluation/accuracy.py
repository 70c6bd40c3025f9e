"""How close reconstructed faces are to the true ones, on people that were never trained on.

python -m pix2nphm.evaluation accuracy --data DATA --portraits runs/portraits.npz --photographs runs/photographs_test
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

import pix2nphm

from ..codes import HeadCode
from ..errors import NoFaceFound
from ..frames import rotation_angle_degrees
from ..model import Head, Pix2NPHM
from ..surface import head_mesh
from ..training.regressor.batches import read_shard, shard_folders
from ..training.synthesis.portraits import INNER, MEDIAPIPE_68, OUTER_EYES
from .avatars import Avatars, Surface, score

FAILED = 0.15  # of the outer-eye distance: a gross failure
RENDERS = 256  # held-out photographs that are looked at
RESOLUTION = 96
Row = tuple[str, str]


def reconstructed(model: Pix2NPHM, photo) -> Head | None:
    """What the app would find in a photo; None where it finds no face."""
    try:
        return model.reconstruct(photo)
    except NoFaceFound:
        return None


def landmark_error(found: torch.Tensor, truth: np.ndarray) -> float:
    """(68, 2), (68, 2) px -> mean distance of the 51 inner landmarks over the outer-eye distance."""
    eyes = np.linalg.norm(truth[OUTER_EYES[0]] - truth[OUTER_EYES[1]])
    return float(np.linalg.norm(found.numpy() - truth, axis=-1)[INNER].mean() / eyes)


def marked_portraits(data: Path, portraits: Path) -> dict[str, np.ndarray]:
    """The held-out portraits by name, and MediaPipe's iBUG landmarks (68, 2) on each, px."""
    with np.load(portraits) as pack:
        held_out = set(pack["name"][pack["split"] == "test"])
    with np.load(data / "portraits" / "landmarks.npz") as pack:
        return {name: points[MEDIAPIPE_68, :2].astype(np.float32)
                for name, points in zip(pack["name"], pack["landmarks"]) if name in held_out}  # fmt: skip


def portrait_rows(model: Pix2NPHM, data: Path, portraits: Path) -> list[Row]:
    """Held-out portraits against MediaPipe's points, from the whole photo: finding the face is part of the test."""
    marked = marked_portraits(data, portraits)
    errors, lost = [], 0
    for name, landmarks in marked.items():
        head = reconstructed(model, data / "portraits" / "crops" / f"{name}.jpg")
        if head is None:
            lost += 1
        else:
            errors.append(landmark_error(head.landmarks_px, landmarks))
    errors = np.array(errors)
    failed = (np.sum(errors > FAILED) + lost) / len(marked)
    return [
        (
            f"held-out portraits ({len(marked)}): 51 landmarks over the outer-eye distance, median",
            f"{np.median(errors):.4f}",
        ),
        ("  mean / 95 %", f"{errors.mean():.4f} / {np.percentile(errors, 95):.4f}"),
        (f"  gross failures (above {FAILED}, or no face found: {lost})", f"{failed:.1%}"),
    ]


def render_rows(model: Pix2NPHM, photographs: Path) -> list[Row]:
    """Rendered photographs of held-out identities with held-out portraits' textures."""
    samples = read_shard(shard_folders(photographs)[0])
    turned, lost = [], 0
    count = min(RENDERS, len(samples))
    for i in range(count):
        head = reconstructed(model, samples.images[i].numpy())
        if head is None:
            lost += 1
        else:
            turned.append(rotation_angle_degrees(head.rotation, samples.known["rotation"][i]).item())
    return [
        (f"held-out renders ({count}; {lost} not found): rotation error, mean", f"{np.mean(turned):.2f} degrees"),
        ("  median / 95 %", f"{np.median(turned):.2f} / {np.percentile(turned, 95):.2f} degrees"),
    ]


def avatar_rows(model: Pix2NPHM, data: Path) -> list[Row]:
    """Faces of another head model: is the surface better than the mean head's, and than another person's?"""
    avatars = Avatars.read(data)
    found = ((i, reconstructed(model, file)) for i, file in enumerate(avatars.files))
    heads = {i: head for i, head in found if head is not None}

    def surface(identity: HeadCode, expression: torch.Tensor) -> Surface:
        code = identity.with_expression(expression)
        mesh = head_mesh(model.decoder.bind(code), model.decoder.box, RESOLUTION)
        return mesh.triangles, model.decoder.landmarks(code).numpy()

    errors = score(
        avatars,
        lambda i, j: surface(heads[i].code, heads[j].code.expression),
        lambda j: surface(model.mean_code, heads[j].code.expression),
        list(heads),
    )
    own, mean, other = (np.median(errors[name]) for name in ("own", "mean", "other"))
    means = {name: values.mean() for name, values in errors.items()}
    return [
        (f"validation avatars ({len(heads)} of {len(avatars.files)} pictures): surface error, median", f"{own:.3f} mm"),
        (f"  over the mean head's ({mean:.3f} mm)", f"{own / mean:.3f}"),
        (f"  over predictions' for other avatars ({other:.3f} mm)", f"{own / other:.3f}"),
        (
            "  means in place of medians",
            f"{means['own']:.3f} mm; {means['own'] / means['mean']:.3f}; {means['own'] / means['other']:.3f}",
        ),
        ("  better than the mean head in", f"{(errors['own'] < errors['mean']).mean():.0%} of pictures"),
    ]


@torch.no_grad()
def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description="Print the accuracy table.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--portraits", type=Path, required=True, help="registered portraits; holds the split by person")
    parser.add_argument("--photographs", type=Path, required=True, help="rendered photographs of held-out people")
    parser.add_argument("--weights", help="another folder or Hub name than the bundled weights")
    arguments = parser.parse_args()
    model = pix2nphm.load(arguments.weights)
    rows = portrait_rows(model, arguments.data, arguments.portraits)
    rows += render_rows(model, arguments.photographs)
    rows += avatar_rows(model, arguments.data)
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:{width}}  {value}")


if __name__ == "__main__":
    main()
