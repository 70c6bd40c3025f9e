import re
import threading
from functools import partial

import pytest
import yaml

import app
import pix2nphm
from explorer.platform import worker
from explorer.reconstruct.stages import stages
from tests.places import EXAMPLES, ROOT


def test_the_page_offers_its_endpoints_and_no_others(known_model):
    page = app.build(pix2nphm.load(), partial(stages, known_model))
    endpoints = page.get_api_info()["named_endpoints"]
    shapes = {
        name: ([parameter["parameter_name"] for parameter in one["parameters"]], len(one["returns"]))
        for name, one in endpoints.items()
    }
    assert shapes == {
        "/reconstruct": (["photo_path", "faces"], 3),
        "/interpolate": (["a", "b", "identity", "expression"], 2),
        "/swap": (["a", "b"], 2),
        "/decode": (["code", "format"], 1),
    }


@pytest.mark.parametrize("gpu", [False, True])
def test_photos_are_read_on_the_one_thread_but_for_a_gpu(gpu, monkeypatch):
    class Model:
        device = "cpu"

        def see_on(self, device: str) -> None:
            self.device = device

    model, reserved = Model(), []
    monkeypatch.setattr(app.pix2nphm, "load", lambda: model)
    monkeypatch.setattr(app.torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setattr(app.worker, "reserve_cores", lambda: reserved.append(True))
    seen = lambda model, photo, name, faces: ((one, name, faces, threading.get_ident()) for one in [model])
    monkeypatch.setattr(app, "stages_of_photo", seen)
    monkeypatch.setattr(app, "build", lambda model, heads: heads)
    ((read_by, name, faces, thread),) = app.start()(str(EXAMPLES / "lee_barbara.jpg"), (1, 3))
    assert read_by is model and name == "lee_barbara" and faces == (1, 3)
    assert model.device == ("cuda" if gpu else "cpu") and reserved == [True] * (not gpu)
    assert thread == (threading.get_ident() if gpu else worker.run(threading.get_ident))


def test_the_launch_keeps_visitors_private_and_the_server_small():
    assert app.LAUNCH["run_history"] is False and app.LAUNCH["show_error"] is False
    assert app.LAUNCH["max_file_size"] == "8mb"


def test_the_readme_is_a_space_of_the_pinned_gradio():
    front_matter = yaml.safe_load((ROOT / "README.md").read_text().split("---")[1])
    pinned = re.search(r"^gradio==(.+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE).group(1)
    assert front_matter["sdk"] == "gradio" and front_matter["sdk_version"] == pinned
    assert (ROOT / front_matter["app_file"]).exists() and front_matter["license"] == "mit"
    assert len(front_matter["short_description"]) <= 60


def test_opening_the_page_copies_nothing_but_plain_data(known_model):
    page = app.build(pix2nphm.load(), partial(stages, known_model))
    held = [value for component in page.get_config_file()["components"] for value in component["props"].values()]
    assert not [value for value in held if isinstance(value, partial)]  # an event's handler would bring the model along
