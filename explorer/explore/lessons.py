"""What the code does under the control in hand, in a student's words: a text, an equation and sizes for each."""

from __future__ import annotations

import html
from dataclasses import dataclass

from pix2nphm.latent.plausibility import TYPICAL


@dataclass(frozen=True)
class Lesson:
    """HTML with places for `{a}` and `{b}`, the names of the heads, and for the sizes of the model (`sizes`)."""

    title: str
    text: tuple[str, ...]  # paragraphs
    equation: str
    letters: str  # what the letters of the equation are
    size: str  # how much of the code this is


LESSONS = {
    "blend_identity": Lesson(
        "Blending who it is",
        (
            "A head is a list of numbers: its code. {identity} of them say who it is: {whole} for the whole head, and "
            "{local} more around each of {parts} places on it. The slider mixes these numbers of {a} and {b}, each "
            "with its partner, and leaves the expression alone.",
            "Beyond the ends the same line goes on. What sets the two apart is then exaggerated, as in a caricature.",
        ),
        "z = z<sub>A</sub> + t (z<sub>B</sub> − z<sub>A</sub>)",
        "z: the identity numbers. t: the slider, 0 at {a} and 1 at {b}.",
        "{identity} of the {all} numbers change.",
    ),
    "blend_expression": Lesson(
        "Blending what the face does",
        (
            "{expression} numbers between 0 and 1 say what the face does: how far the jaw is open, how far each corner "
            "of the mouth smiles. The slider mixes those of {a} and {b}. Who it is stays the same.",
            "Beyond the ends no number leaves 0 to 1, because an eye cannot be more shut than shut, and the mouth "
            "closes no more than the jaw is open.",
        ),
        "e = e<sub>A</sub> + s (e<sub>B</sub> − e<sub>A</sub>)",
        "e: the expression numbers. s: the slider, 0 at {a} and 1 at {b}.",
        "{expression} of the {all} numbers change.",
    ),
    "pad": Lesson(
        "Both at once",
        (
            "The pad is the two sliders at right angles: one way mixes the identity of {a} and {b}, the other way "
            "their expression.",
            "They change different numbers, so they do not get into each other's way. Both at 0 is {a}, both at 1 is "
            "{b}; one at 0 and the other at 1 are the swaps.",
        ),
        "(z, e) = (z<sub>A</sub> + t (z<sub>B</sub> − z<sub>A</sub>), &nbsp; "
        "e<sub>A</sub> + s (e<sub>B</sub> − e<sub>A</sub>))",
        "t, s: where the dot is. z: identity. e: expression.",
        "A plane through a space of {all} dimensions.",
    ),
    "swap": Lesson(
        "Swapping",
        (
            "Identity and expression are separate numbers, so one head can wear the expression of another: here the "
            "identity of {a} with the expression of {b}, or the reverse.",
            "Swapping twice brings both heads back exactly. Nothing is lost on the way.",
        ),
        "(z<sub>A</sub>, e<sub>A</sub>), (z<sub>B</sub>, e<sub>B</sub>) → "
        "(z<sub>A</sub>, e<sub>B</sub>), (z<sub>B</sub>, e<sub>A</sub>)",
        "z: identity. e: expression.",
        "{expression} numbers change places, {identity} stay.",
    ),
    "matrix": Lesson(
        "Every head with every expression",
        (
            "Each row is one identity, each column one expression. Where row and column are the same head, it is as it "
            "was; all other cells are swaps.",
            "It is a test, too. If identity and expression are well told apart, a row looks like one person and a "
            "column like one mood.",
        ),
        "cell<sub>ij</sub> = (z<sub>i</sub>, e<sub>j</sub>)",
        "z<sub>i</sub>: the identity of row i. e<sub>j</sub>: the expression of column j.",
        "n heads make n² cells out of n × {all} numbers.",
    ),
    "parts": Lesson(
        "Parts of another head",
        (
            "On the head there are {parts} places, called anchors, with {local} numbers each that move only what is "
            "near. If the anchors of the nose take over the numbers of {b}, the nose changes and the ears stay.",
            "Some of the nose is in the {whole} numbers of the whole head. What these would do around each anchor is "
            "worked out and added to its own numbers. Then the part is moved back to where the old one was, because "
            "heads differ in size and place as well.",
        ),
        "p = p<sub>A</sub> + s (p<sub>B</sub> + L (w<sub>B</sub> − w<sub>A</sub>) − p<sub>A</sub> − m)",
        "p: the numbers of one anchor. w: those of the whole head. L: what w does around the anchor. "
        "m: the move back to the old place. s: the strength.",
        "{local} numbers change at each anchor of the region. All regions together are all {identity}.",
    ),
    "mirror_lock": Lesson(
        "Mirror lock",
        (
            "Nobody is quite the same left and right. With the lock on, {b} is first averaged with its own mirror "
            "image, so that what is taken over is the same on both sides.",
            "Mirroring a code needs no picture: some numbers change their sign, and each anchor changes places with "
            "its partner on the other side.",
        ),
        "B′ = ½ (B + mirror(B))",
        "mirror: signs, and partners exchanged. Doing it twice changes nothing.",
        "All {all} numbers of {b} take part.",
    ),
    "heat_map": Lesson(
        "What moved",
        (
            "The preview has the same {vertices} points in every head: point 500 is always at the same place of the "
            "face. So each point can be compared with itself before the change, and the colour is how far it went.",
        ),
        "d<sub>v</sub> = 1000 · ‖x<sub>v</sub> − x<sub>v</sub><sup>before</sup>‖",
        "x<sub>v</sub>: where point v is, in metres. d<sub>v</sub>: how far it moved, in millimetres.",
        "{vertices} distances out of {all} numbers.",
    ),
    "identity_directions": Lesson(
        "Directions of identity",
        (
            "Among the heads that the model knows, changes go together: a larger head has a longer face and a wider "
            "jaw. Principal components are such changes, the greatest first. A slider moves along one of them and "
            "counts in standard deviations: two of three heads are between −1 and 1, nineteen of twenty between −2 "
            "and 2.",
            "A direction has a name only where one measured length goes with more than half of it. Most mix several "
            "things, and a number is the honest name for those.",
        ),
        "z′ = z + k d<sub>i</sub>, &nbsp; k<sub>i</sub> = r<sub>i</sub> · z",
        "d<sub>i</sub>: direction i. k: standard deviations. r<sub>i</sub>: reads how far along it a head is.",
        "{identity_directions} directions instead of {identity} numbers.",
    ),
    "expression_directions": Lesson(
        "Directions of expression",
        (
            "Expressions mix units: when people smile, cheeks rise and eyes narrow. Principal components of many "
            "expressions find what goes together, the greatest first; the first one mostly opens the jaw.",
            "They are counted from the average expression, which is not quite at rest. No unit is moved out of 0 to 1.",
        ),
        "e′ = e + k d<sub>i</sub>, &nbsp; k<sub>i</sub> = r<sub>i</sub> · (e − ē)",
        "d<sub>i</sub>: direction i. k: standard deviations. ē: the average expression.",
        "{expression_directions} directions instead of {expression} numbers.",
    ),
    "units": Lesson(
        "Expression units",
        (
            "Each of the {expression} expression numbers has a name and does one thing, from 0, not at all, to 1, as "
            "far as it goes. Many come in pairs, for the left and the right side of the head.",
            "In the preview they add up: two units move a point by the sum of what each does. The exact head is drawn "
            "by a network that has learnt where skin really goes.",
        ),
        "x<sub>v</sub> = x<sub>v</sub><sup>rest</sup> + Σ<sub>i</sub> e<sub>i</sub> E<sub>iv</sub>",
        "e<sub>i</sub>: unit i. E<sub>iv</sub>: how it moves point v.",
        "Each slider is one of {expression} numbers.",
    ),
    "random": Lesson(
        "A random head",
        (
            "A place along each of {identity_directions} directions is drawn from the bell curve, as if meeting "
            "somebody new. The seed names the draw: the same seed is the same head, today and tomorrow.",
            "The cut forbids places far out. At 0 only the mean head is left; large cuts allow stranger heads.",
        ),
        "z = Σ<sub>i</sub> k<sub>i</sub> d<sub>i</sub>, &nbsp; k<sub>i</sub> ∼ N(0, 1), &nbsp; |k<sub>i</sub>| ≤ cut",
        "d<sub>i</sub>: direction i. k<sub>i</sub>: standard deviations, drawn at random.",
        "{identity_directions} draws make {identity} numbers.",
    ),
    "plausibility": Lesson(
        "How likely a head is",
        (
            "Some changes are common among heads, others are rare. The meter measures how far a head is from the mean, "
            "and rare changes count more: for the whole head, and for each region.",
            "0 is the mean head. Heads that the model was taught with are usually around 1, so hardly anybody is as "
            "average as the average. Heads from photos come out below 1, because from one picture the model plays "
            "safe. Pulling back shrinks what is beyond {typical} and leaves the rest as it is.",
        ),
        "m = √( pᵀ Σ⁻¹ p ⁄ n )",
        "p: n numbers of the code. Σ: how they vary together among heads. m: the Mahalanobis distance, per number.",
        "{whole} numbers for the whole head, {local} for each of {parts} anchors.",
    ),
    "map": Lesson(
        "A map of heads",
        (
            "Each head is a dot: across is the first direction of identity, upwards the second. Dots that are close "
            "are alike in these two, and may differ in all others.",
            "Moving on the map changes these two and keeps the rest, so the head stays itself as far as it can.",
        ),
        "(x, y) = (r<sub>1</sub> · z, r<sub>2</sub> · z), &nbsp; "
        "z′ = z + (x′ − x) d<sub>1</sub> + (y′ − y) d<sub>2</sub>",
        "r: reads where a head is. d: moves it there. x, y: standard deviations.",
        "2 of {identity_directions} directions.",
    ),
    "animate": Lesson(
        "From one head to another",
        (
            "Every point goes from {a} to {b} on a straight line. It starts and ends gently, because eyes notice a "
            "sudden stop.",
            "The file keeps {a} and the way of each point to {b}. Any viewer can mix the two: that is a morph target.",
        ),
        "x<sub>v</sub> = x<sub>v</sub><sup>A</sup> + ease(t) (x<sub>v</sub><sup>B</sup> − x<sub>v</sub><sup>A</sup>), "
        "&nbsp; ease(t) = 3t² − 2t³",
        "x<sub>v</sub>: where point v is. t: the time, from 0 to 1.",
        "{vertices} points, and as many ways.",
    ),
}


def lesson(control: str, model, a: str = "A", b: str = "B") -> str:
    """HTML about a control (a key of `LESSONS`) for heads named `a` and `b`, which may be any text.

    `model` as `pix2nphm.load` returns it. Raises KeyError for another control.
    """
    about = LESSONS[control]
    values = sizes(model) | {"a": html.escape(a), "b": html.escape(b)}
    paragraphs = "".join(f"<p>{paragraph.format_map(values)}</p>" for paragraph in about.text)
    return (
        f'<section class="lesson"><h3>{about.title}</h3>{paragraphs}'
        f'<p class="equation">{about.equation}</p>'
        f'<p class="letters">{about.letters.format_map(values)}</p>'
        f'<p class="size">{about.size.format_map(values)}</p></section>'
    )


def sizes(model) -> dict[str, str]:
    """The numbers in the texts."""
    shape, population = model.code_shape, model.population.config
    counts = {
        "whole": shape.whole,
        "parts": shape.parts,
        "local": shape.local,
        "identity": shape.identity,
        "expression": shape.expression,
        "all": shape.flat,
        "identity_directions": population.identity_directions,
        "expression_directions": population.expression_directions,
        "vertices": model.template.config.vertices,
    }
    return {name: f"{count:,}" for name, count in counts.items()} | {"typical": f"{TYPICAL:g}"}
