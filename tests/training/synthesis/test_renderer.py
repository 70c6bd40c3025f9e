"""The photograph renderer against the camera, the template and the portrait that it was given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from pix2nphm.frames import Camera, yaw_pitch_roll_degrees
from pix2nphm.training.synthesis.blends import blend, unrolled
from pix2nphm.training.synthesis.hair import sample_hair
from pix2nphm.training.synthesis.photographs import write_shard
from pix2nphm.training.synthesis.scene import Background, Scene
from pix2nphm.training.synthesis.scene_sampling import (
    COSINE_LOBE,
    Places,
    facing,
    irradiance_at,
    sample_body,
    sample_camera,
    sample_light,
    sample_looks,
    sample_pose,
)  # fmt: skip
from tests.places import DATA

SKY = np.array([40, 90, 200])


@pytest.fixture(scope="module")
def bust():
    if not (DATA / "ict_facekit.npz").exists():
        pytest.skip("needs ICT-FaceKit")
    from pix2nphm.training.head_space import IctFaceKit
    from pix2nphm.training.synthesis.bust import Bust

    return Bust.build(IctFaceKit.read(DATA))


@pytest.fixture(scope="module")
def renderer(bust):
    pytest.importorskip("moderngl")
    from pix2nphm.training.synthesis.renderer import Renderer

    try:
        return Renderer(bust, np.full((1, 8, 16, 3), SKY, np.uint8))
    except Exception as error:  # moderngl raises bare exceptions where there is no EGL
        pytest.skip(f"no EGL: {error}")


@pytest.fixture(scope="module")
def surface(bust) -> np.ndarray:
    """The mean head, jaw a little open so that lips are apart in depth maps as in colour."""
    from pix2nphm.training.head_space import IctFaceKit

    ict = IctFaceKit.read(DATA)
    posed = ict.vertices + 0.3 * ict.expression_modes[ict.unit("jawOpen")]
    return bust.surfaces(torch.from_numpy(posed[bust.index])[..., None])[0].numpy()


@pytest.fixture(scope="module")
def portrait() -> Image.Image:
    """Colours that say where they are: red grows to the right, green downward."""
    across, down = np.meshgrid(np.linspace(30, 220, 320), np.linspace(30, 220, 320))
    return Image.fromarray(np.stack([across, down, np.full_like(down, 120)], -1).astype(np.uint8))


@pytest.fixture(scope="module")
def scene(bust, renderer, surface, portrait) -> Scene:
    from pix2nphm.training.synthesis.donors import Fill, make_donor

    g = np.random.default_rng(0)
    taken = camera_of(0, 0, scale=900.0, centre=(160.0, 160.0))
    fill = Fill.build(bust.neutral_skin())
    light = sample_light(Places(np.zeros(0), np.eye(9, dtype=np.float32)[:1, :, None].repeat(3, 2) + 0.1), g, unlit=1.0)
    light = replace(light, relight=0.0, sun_colour=np.zeros(3), exposure=1.0)
    looks = replace(sample_looks(np.eye(3), False, g), body_from_head=np.eye(3), collar=0.0)
    background = Background(0.0, np.array([0, 0, 1.0, 1.0]), 0.0, 0.0, np.zeros(3), np.zeros(3), np.ones(2), 1.0)
    donor = make_donor(portrait, np.array([0, 0, 320, 320.0]), surface, taken, np.float32(0), bust, fill)
    return Scene(surface, camera_of(0, 0), donor, light, looks, background, hair=None)


def camera_of(yaw, pitch, roll=0, scale=720.0, centre=(128.0, 120.0), inverse_distance=1.2) -> Camera:
    tensor = lambda value: torch.tensor(np.asarray(value), dtype=torch.float32)
    return Camera(tensor(facing(yaw, pitch, roll)), tensor(scale), tensor(centre), tensor(inverse_distance))


def seen_vertices(bust, scene: Scene) -> np.ndarray:
    """Skin vertices of the face that look at the camera and that nothing of the head can hide."""
    points, normals = scene.surface[: bust.skin, :3], scene.surface[: bust.skin, 3:]
    eye = -scene.camera.rotation.numpy()[2] / float(scene.camera.inverse_distance)  # where the camera is
    towards = eye - points
    cosine = (normals * towards).sum(-1) / np.linalg.norm(towards, axis=-1)
    face = bust.neutral_skin()
    flat = (face[:, 2] > 0.06) & (face[:, 1] > -0.05) & (np.abs(face[:, 1] + 0.033) > 0.02)  # not the lips
    return np.flatnonzero((cosine > 0.7) & flat)


@pytest.mark.parametrize("pose", [(0, 0, 0), (35, 10, -20), (-50, -15, 10)])
def test_the_canonical_map_holds_each_vertex_where_the_camera_projects_it(bust, renderer, scene, pose):
    scene = replace(scene, camera=camera_of(*pose))
    picture = renderer.draw(scene)
    seen = seen_vertices(bust, scene)
    assert len(seen) > 300
    column, row = (scene.camera.project(torch.from_numpy(scene.surface[seen, :3])).numpy() / 2).astype(int).T
    low, high = np.array(bust.box.low), np.array(bust.box.high)
    there = low + picture.canonical[row, column] / 255 * (high - low)
    off = np.linalg.norm(there - bust.neutral_skin()[seen], axis=-1)
    assert np.median(off) < 0.0025  # a pixel of the map is 2.8 mm wide
    assert np.mean(picture.mask[row, column] == 255) > 0.995
    normals = picture.normals[row, column] / 127
    expected = scene.surface[seen, 3:] @ scene.camera.rotation.numpy().T
    assert np.median((normals * expected).sum(-1)) > 0.99


def test_a_head_drawn_from_where_its_portrait_was_taken_looks_like_the_portrait(bust, renderer, scene, portrait):
    to_picture = 256 / 320
    taken = camera_of(0, 0, scale=900.0 * to_picture, centre=(128.0, 128.0))
    picture = renderer.draw(replace(scene, camera=taken))
    expected = np.asarray(portrait.resize((256, 256), Image.Resampling.BILINEAR))
    seen = seen_vertices(bust, replace(scene, camera=taken))
    column, row = taken.project(torch.from_numpy(scene.surface[seen, :3])).numpy().astype(int).T
    assert np.abs(picture.colour[row, column].astype(int) - expected[row, column]).mean() < 3


def test_a_skin_laid_flat_dresses_a_head_as_its_portrait_does(bust, renderer, scene):
    flat = blend([scene.donor], [renderer.flatten(scene.donor)], unrolled(bust.neutral_skin()), symmetric=False)
    dressed, expected = (renderer.draw(replace(scene, donor=donor)).colour.astype(int) for donor in (flat, scene.donor))
    seen = seen_vertices(bust, scene)
    column, row = scene.camera.project(torch.from_numpy(scene.surface[seen, :3])).numpy().astype(int).T
    assert np.ptp(expected[row, column, 0]) > 60
    assert np.abs(dressed[row, column] - expected[row, column]).mean() < 3


def test_around_the_head_there_is_the_background_and_no_geometry(renderer, scene):
    picture = renderer.draw(scene)
    assert np.abs(picture.colour[:20, :40].astype(int) - SKY).max() <= 1
    assert not picture.mask[:10, :20].any() and not picture.normals[:10, :20].any()


def test_the_same_scene_gives_the_same_bytes(renderer, scene):
    one, other = renderer.draw(scene), renderer.draw(scene)
    assert all(np.array_equal(a, b) for a, b in zip(vars(one).values(), vars(other).values()))


def test_a_sun_on_the_left_brightens_the_left_and_the_nose_casts_a_shadow(bust, renderer, scene):
    sunny = replace(scene.light, sun_direction=np.array([-0.8, 0, -0.6]), sun_colour=np.ones(3))
    gain = renderer.draw(replace(scene, light=sunny)).colour.astype(int) - renderer.draw(scene).colour
    face = scene.surface[bust.landmarks68, :3]
    cheek = lambda side: (face[30] + [side * 0.035, -0.005, -0.03])[None].astype(np.float32)
    at = lambda point: scene.camera.project(torch.from_numpy(point)).numpy()[0].astype(int)
    (left, y), (right, _) = at(cheek(-1)), at(cheek(1))
    assert gain[y - 3 : y + 4, left - 3 : left + 4].mean() > gain[y - 3 : y + 4, right - 3 : right + 4].mean() + 10
    beside_nose = at((face[30] + [0.017, -0.002, -0.02])[None].astype(np.float32))
    assert gain[beside_nose[1], beside_nose[0]].mean() < 3


def test_hair_covers_the_crown_and_leaves_the_face(bust, renderer, scene):
    points = bust.neutral_skin()
    face = (points[:, 2] > 0.085) & (points[:, 1] < 0.03)
    crown = points[:, 1] > 0.135
    for seed in range(20):
        lift = sample_hair(points, np.full(3, 0.2), False, np.random.default_rng(seed)).lift
        assert lift[face].max() < 0.001 and lift[crown].mean() > 0.002 and lift.max() < 0.06
    hair = sample_hair(points, np.full(3, 0.2), False, np.random.default_rng(1))
    bald, hairy = renderer.draw(scene), renderer.draw(replace(scene, hair=hair))
    assert hairy.mask.sum() < 0.95 * bald.mask.sum()  # hair is no skin
    assert np.array_equal(hairy.mask[50:70, 55:73], bald.mask[50:70, 55:73])


def test_normals_of_the_bust_are_unit_and_outward(bust, surface):
    normals = surface[: bust.skin, 3:]
    assert np.allclose(np.linalg.norm(normals, axis=-1), 1, atol=1e-3)
    crown = surface[: bust.skin, 1] > 0.1
    outward = surface[: bust.skin, :3] - [0, 0.03, 0]
    assert ((normals * outward).sum(-1)[crown] > 0).all()


def test_thinning_keeps_lips_and_lids_apart(bust):
    upper, lower = bust.landmarks68[[61, 62, 63, 37, 38, 43, 44]], bust.landmarks68[[67, 66, 65, 41, 40, 47, 46]]
    assert not set(upper) & set(lower)


@pytest.mark.parametrize("pose", [(30, 0, 0), (0, 20, 0), (0, 0, 15)])
def test_facing_and_the_angles_of_frames_agree(pose):
    assert np.allclose(yaw_pitch_roll_degrees(torch.from_numpy(facing(*pose))), pose, atol=1e-4)


def test_cameras_frame_the_face_loosely_and_reach_profiles():
    g = np.random.default_rng(0)
    face = np.random.default_rng(1).uniform([-0.07, -0.08, 0.03], [0.07, 0.05, 0.12], (68, 3)).astype(np.float32)
    yaws = []
    for _ in range(400):
        camera = sample_camera(sample_pose(g), face, 256, g)
        low, high = (f(camera.project(torch.from_numpy(face)).numpy(), axis=0) for f in (np.min, np.max))
        assert 0.35 <= (high - low).max() / 256 <= 0.67 and (low > 0).all() and (high < 256).all()
        assert 0.35 <= 1 / float(camera.inverse_distance) <= 2.5
        yaws.append(abs(float(yaw_pitch_roll_degrees(camera.rotation)[0])))
    assert np.mean(np.array(yaws) < 45) > 0.75 and max(yaws) > 70


def test_shoulders_stay_within_reach_of_the_head():
    g = np.random.default_rng(0)
    angles = [torch.from_numpy(sample_body(np.array([70, 20, 10]), g)) for _ in range(50)]
    turned = [float(torch.rad2deg(torch.acos(((r.trace() - 1) / 2).clamp(-1, 1)))) for r in angles]
    assert max(turned) < 50 and np.std(turned) > 5


def test_light_that_is_the_same_all_around_shades_nothing():
    one = np.zeros((9, 3))
    one[0] = np.sqrt(4 * np.pi)  # radiance of one from everywhere: irradiance is pi
    for n in np.random.default_rng(0).normal(size=(5, 3)):
        assert np.allclose(irradiance_at(one * COSINE_LOBE[:, None], n / np.linalg.norm(n)), np.pi, atol=1e-5)


def test_a_shard_appears_whole_and_leaves_nothing_else(tmp_path):
    rows = {"colour": np.arange(24, dtype=np.uint8).reshape(2, 3, 4), "scale": np.ones(2, np.float32)}
    write_shard(tmp_path / "000-00000", rows)
    assert [path.name for path in tmp_path.iterdir()] == ["000-00000"]
    for name, array in rows.items():
        assert np.array_equal(np.load(tmp_path / "000-00000" / f"{name}.npy", mmap_mode="r"), array)
