from types import SimpleNamespace

import gradio as gr
import pytest

from explorer.components.controls import Committed, Pad, Sliders, read_commit

RANGES = {"identity": (-0.5, 1.5), "smile": (0.0, 1.0)}


def event(**sent):
    return SimpleNamespace(**sent)


def test_what_settled_is_read_as_it_was_sent():
    sent = event(values={"identity": 0.25, "smile": 1}, moved="smile", generation=7)
    assert read_commit(sent, RANGES) == Committed({"identity": 0.25, "smile": 1.0}, "smile", 7)


@pytest.mark.parametrize("bad", [None, float("nan"), float("inf"), "much", [1], {}, 10**400])
def test_what_is_no_number_is_zero(bad):
    committed = read_commit(event(values={"smile": bad}, moved="smile", generation=bad), RANGES)
    assert committed == Committed({"smile": 0.0}, "smile", 0)


def test_values_stay_within_their_ranges_and_unknown_names_are_left_out():
    sent = event(values={"identity": 99, "smile": -3, "__class__": 1}, moved="__class__", generation=1)
    assert read_commit(sent, RANGES) == Committed({"identity": 1.5, "smile": 0.0}, "", 1)


@pytest.mark.parametrize("sent", [event(), event(values=[1, 2], moved=["smile"]), event(values=None, moved={})])
def test_a_message_of_another_shape_says_nothing(sent):
    assert read_commit(sent, RANGES) == Committed({}, "", 0)


def test_controls_take_and_give_values_by_name():
    with gr.Blocks():
        for control in (
            Sliders([{"name": "smile", "label": "Smile"}], viewer="head"),
            Pad("identity", "smile", viewer="head", x_label="Identity", y_label="Smile"),
        ):
            assert control.postprocess({"smile": 0.5}) == {"smile": 0.5}
            assert control.postprocess(None) == control.preprocess(None) == {}
            assert callable(control.commit)
            props = control.get_config()["props"]
            assert props["viewer"] == "head"
    assert props["x"] == "identity"
