import re
from functools import partial
from pathlib import Path

import yaml

import app
from explorer.heads import stages

ROOT = Path(__file__).parents[2]


def test_the_page_offers_one_endpoint(known_model):
    page = app.build(partial(stages, known_model))
    endpoints = page.get_api_info()["named_endpoints"]
    assert list(endpoints) == ["/reconstruct"]
    assert len(endpoints["/reconstruct"]["parameters"]) == 1 and len(endpoints["/reconstruct"]["returns"]) == 3


def test_the_launch_keeps_visitors_private_and_the_server_small():
    assert app.LAUNCH["run_history"] is False and app.LAUNCH["show_error"] is False
    assert app.LAUNCH["max_file_size"] == "8mb"


def test_the_readme_is_a_space_of_the_pinned_gradio():
    front_matter = yaml.safe_load((ROOT / "README.md").read_text().split("---")[1])
    pinned = re.search(r"^gradio==(.+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE).group(1)
    assert front_matter["sdk"] == "gradio" and front_matter["sdk_version"] == pinned
    assert (ROOT / front_matter["app_file"]).exists() and front_matter["license"] == "mit"
    assert len(front_matter["short_description"]) <= 60
