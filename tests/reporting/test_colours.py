"""The colours of the risks: apart for readers who see red and green alike, and the same in pages and charts."""

from __future__ import annotations

import itertools
import re
from dataclasses import asdict

import numpy as np
import pytest

from seedaudit import resources
from seedaudit.reporting.charts import DARK, LIGHT
from seedaudit.reporting.marked_pdf import _COLOURS

NAMES = ("red", "ochre", "blue", "violet", "grey")
CSS = (resources.templates() / "report.css").read_text("utf-8")

# How the light of a colour reaches an eye without one kind of cones: Machado, Oliveira and Fernandes 2009, severity 1.
EYES = {
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = TO_XYZ.sum(axis=1)


def of_page(scheme: str) -> dict[str, str]:
    part = CSS[CSS.index(":root") :] if scheme == "light" else CSS[CSS.index("(prefers-color-scheme: dark)") :]
    return {name: re.search(rf"--{name}: (#\w{{6}})", part)[1] for name in NAMES}


def light(colour: str | tuple[float, float, float]) -> np.ndarray:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] if isinstance(colour, str) else colour
    values = np.array(parts)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lab(linear: np.ndarray) -> np.ndarray:
    x, y, z = np.cbrt(TO_XYZ @ linear / WHITE)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def nearest(colours: dict[str, object], eye: str) -> float:
    """The difference (CIE 1976) of the two colours that this eye tells apart least."""
    seen = [lab(np.clip(np.array(EYES[eye]) @ light(colour), 0, 1)) for colour in colours.values()]
    return min(float(np.linalg.norm(one - other)) for one, other in itertools.combinations(seen, 2))


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_risks_stay_apart_on_the_page(scheme, eye):
    assert nearest(of_page(scheme), eye) > 15


@pytest.mark.parametrize("eye", EYES)
def test_risks_stay_apart_in_a_marked_pdf(eye):
    assert nearest(dict(_COLOURS), eye) > 20


def test_red_and_green_of_one_lightness_would_not_pass():
    assert nearest({"red": "#c0392b", "green": "#6b7a1e"}, "deuteranopia") < 15


def test_charts_have_the_colours_of_the_pages():
    for scheme, palette in (("light", LIGHT), ("dark", DARK)):
        assert {name: asdict(palette)[name] for name in NAMES} == of_page(scheme)
