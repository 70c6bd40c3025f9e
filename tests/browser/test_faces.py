"""Several people in a photo: each face has its number on it, and a click or a key makes it the head."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.browser.patience import SLOW
from tests.browser.reconstruct_steps import EXAMPLES, PHOTO, choose, wait_for_head

PEOPLE = ("haaland_debra", "lee_barbara", "levin_andy")
HEIGHTS = (640, 560, 480)  # px: the first is the largest


@pytest.fixture
def group(tmp_path):
    """A picture of three people, from left to right, and how far to the right each begins, as a share of its width."""
    people = [Image.open(EXAMPLES / f"{name}.jpg").convert("RGB") for name in PEOPLE]
    sizes = [(round(one.width * height / one.height), height) for one, height in zip(people, HEIGHTS, strict=True)]
    picture, left, begins = Image.new("RGB", (sum(width for width, _ in sizes), HEIGHTS[0]), (70, 80, 90)), 0, []
    for one, (width, height) in zip(people, sizes, strict=True):
        picture.paste(one.resize((width, height)), (left, HEIGHTS[0] - height))
        begins.append(left / picture.width)
        left += width
    picture.save(tmp_path / "group.jpg", quality=95)
    return tmp_path / "group.jpg", begins


def test_a_face_is_chosen_by_hand_and_by_key(open_page, group):
    path, begins = group
    page = open_page(1280)
    choose(page, path)
    wait_for_head(page)
    faces = page.locator("#faces button")
    assert faces.count() == 3
    photo = page.locator("#faces img").bounding_box()
    centres = []
    for i in range(3):
        box = page.get_by_role("button", name=f"Face {i + 1} of 3").bounding_box()
        centres.append((box["x"] + box["width"] / 2 - photo["x"]) / photo["width"])
    ends = [*begins[1:], 1.0]
    assert all(begin < centre < end for begin, centre, end in zip(begins, sorted(centres), ends, strict=True))
    chosen = "#faces button[aria-pressed=true] >> text={}"
    page.locator(chosen.format(1)).wait_for(timeout=SLOW)

    crops = {page.get_by_alt_text("The part of the photo the network looked at").get_attribute("src")}
    for number, choice in ((3, lambda face: face.click()), (2, lambda face: face.press("Enter"))):
        choice(page.get_by_role("button", name=f"Face {number} of 3"))
        page.locator(chosen.format(number)).wait_for(timeout=SLOW)
        wait_for_head(page)
        crops.add(page.get_by_alt_text("The part of the photo the network looked at").get_attribute("src"))
        with page.expect_download(timeout=SLOW) as download:
            page.locator("#download-code").click()
        assert download.value.suggested_filename == f"group-{number}.code.npz"
    assert len(crops) == 3  # three people were looked at

    choose(page, PHOTO)  # one face: nothing to choose
    page.locator("#faces section").wait_for(state="hidden", timeout=SLOW)
