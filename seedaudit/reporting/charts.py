"""Statistics of a study -> charts as SVG, each with its words.

In: counted figures. Out: for each chart a title, a sentence that says what it shows, and four drawings: light and dark,
wide and narrow. The one decision owned here: how a figure is drawn. Shares carry their interval, axes begin at zero,
colours are those of the reports and never the only sign.

matplotlib draws: it is light beside what would bring a browser engine, needs no display, and with a fixed salt for its
ids gives the same bytes every time. Text stays text, so that it is sharp at any size and a reader can search it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from seedaudit.batch.statistics import (
    PUBLISHED,
    TOGETHER,
    Estimate,
    GroupRow,
    Share,
    Statistics,
)
from seedaudit.findings import RISKY_USES, SAFE_USES, USES, Use
from seedaudit.reporting import wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_WIDE, _NARROW = 5.0, 3.0  # inches of 100 pixels
_GROUPS = 20  # years or venues in one chart; the tables have all
_ROW = 0.36  # inches of a bar with its gap
# Measured with the font that comes with matplotlib, which is wider than those that a reader's machine then takes.
_MEASURED, _SHOWN = b"'DejaVu Sans'", b"system-ui, 'Segoe UI', Helvetica, Arial, sans-serif"


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one scheme, as the style sheet has them."""

    ground: str
    ink: str
    soft: str
    line: str
    red: str
    ochre: str
    blue: str
    violet: str
    grey: str


LIGHT = Palette("#ffffff", "#1c2026", "#565c66", "#dcd9d1", "#9c1532", "#8a5e00", "#0070ad", "#47207f", "#4d545d")
DARK = Palette("#1d2126", "#e9e7e2", "#adb3bc", "#393f47", "#ff8f8f", "#f0c85a", "#5cb0f2", "#dccfff", "#b4bac2")


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its name in file names, its title, the sentence that stands for it, its drawings by file name."""

    name: str
    title: str
    words: str
    drawings: dict[str, bytes]

    def size(self, drawing: str) -> tuple[int, int]:
        """Width and height of a drawing in pixels, for the page to keep its place."""
        head = self.drawings[drawing][:2000].decode("utf-8", "replace")
        width, height = (float(head.split(f'{side}="', 1)[1].split("pt", 1)[0]) for side in ("width", "height"))
        return round(width * 4 / 3), round(height * 4 / 3)


def draw_charts(statistics: Statistics) -> list[Chart]:
    """All charts that the study has figures for."""
    return list(_charts(statistics))


def draw_evaluation(record: Mapping[str, Any]) -> list[Chart]:
    """The charts of an evaluation that there are figures for; ``record`` is what ``evaluate --format json`` tells."""
    charts = []
    if record["calibration"]["bins"]:
        charts.append(_reliability(record["calibration"]))
    told = [(use, record["per_use"][use]) for use in USES if use in record["per_use"]]
    told = [(use, one) for use, one in told if one["right"] + one["missed"]]
    if told:
        charts.append(_per_use(told))
    return charts


def _reliability(calibration: Mapping[str, Any]) -> Chart:
    bins = calibration["bins"]

    def draw(axes: Axes, palette: Palette, narrow: bool) -> None:
        from matplotlib.ticker import FuncFormatter

        axes.plot([0, 1], [0, 1], color=palette.grey, linewidth=1.1, linestyle=(0, (2, 2)))
        for one in bins:
            axes.plot([one["confidence"]] * 2, one["interval"], color=palette.soft, linewidth=1.2)
        axes.plot(
            [one["confidence"] for one in bins], [one["right"] / one["of"] for one in bins], "o-", color=palette.blue,
            markersize=4.5, linewidth=1.2,
        )  # fmt: skip
        for set_limits, axis in ((axes.set_xlim, axes.xaxis), (axes.set_ylim, axes.yaxis)):
            set_limits(0, 1.02)
            axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}"))
        axes.grid(color=palette.line, linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xlabel("confidence told")
        axes.set_ylabel("right")

    words = "; ".join(
        f"told {one['confidence']:.0%}: {one['right']} of {one['of']} right ({one['right'] / one['of']:.0%}, "
        f"{one['interval'][0]:.0%} to {one['interval'][1]:.0%})"
        for one in bins
    )
    error = calibration["error"]
    return _chart(
        "reliability",
        "Confidence and how often it is right",
        f"Share of {calibration['findings']} findings that are right, by their confidence, in bins of equal numbers, "
        f"with 95% intervals; on the dashed line both are the same. Expected calibration error {error:.3f}. {words}.",
        draw,
        rows=8,
    )


def _per_use(told: Sequence[tuple[Use, Mapping[str, Any]]]) -> Chart:
    rows = [(use, what, one[what]) for use, one in told for what in ("precision", "recall") if one[what]["of"]]

    def draw(axes: Axes, palette: Palette, narrow: bool) -> None:
        for at, (_, what, share) in enumerate(rows):
            sign, color = ("o", palette.blue) if what == "precision" else ("s", palette.ochre)
            axes.plot(share["interval"], [at, at], color=palette.soft, linewidth=1.4)
            axes.plot([share["value"]], [at], sign, color=color, markersize=5)
            axes.annotate(
                f"{share['hits']}/{share['of']}", (share["interval"][1], at), xytext=(5, 0),
                textcoords="offset points", va="center", color=palette.ink,
            )  # fmt: skip
        names = [f"{use} {what[0].upper() if narrow else what}" for use, what, _ in rows]
        axes.set_yticks(range(len(rows)), names)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        _percent_axis(axes, 1.22 if narrow else 1.12)

    words = "; ".join(
        f"{wording.USE_WORDS[use].name}, {what}: {share['hits']} of {share['of']} ({share['value']:.0%}, "
        f"{share['interval'][0]:.0%} to {share['interval'][1]:.0%})"
        for use, what, share in rows
    )
    return _chart(
        "per-use",
        "Precision and recall of each use",
        f"Precision (P, round) is the share of findings that are right, recall (R, square) that of labelled passages "
        f"that are found, with 95% intervals. {words}.",
        draw,
        rows=len(rows),
    )


def _charts(statistics: Statistics) -> Iterator[Chart]:
    if not statistics.audited:
        return
    audited = wording.count(statistics.audited, "audited paper")
    yield _chart(
        "prevalence",
        "Papers with a risky use",
        _prevalence_words(statistics),
        lambda axes, palette, narrow: _prevalence(axes, palette, statistics),
        rows=len(_estimates(statistics)) + 1,
    )
    levels = [
        (wording.LEVEL_NAMES[level].capitalize(), share, _LEVEL_COLORS[level]) for level, share in statistics.levels
    ]
    yield _shares("verdicts", "Verdicts", f"Share of {audited} with each verdict", levels)
    uses = [
        (wording.USE_WORDS[row.use].name, row.papers, _use_color(row.use))
        for row in sorted(statistics.uses, key=lambda row: -row.papers.count)
    ]
    yield _shares("uses", "Uses", f"Share of {audited} with each use; a paper can make several", uses)
    if any(number for _, number in statistics.seeds):
        yield _histogram(statistics)
    searches = [
        (_SEARCH_NAMES[level], share, "blue" if level != "none" else "grey") for level, share in statistics.searches
    ]
    if statistics.searches[0][1].of:
        of = wording.count(statistics.searches[0][1].of, "paper")
        yield _shares("searches", "Searches described", f"Hyperparameter search in {of} with a passage", searches)
    years = [row for row in statistics.years if row.name and row.audited]
    if len(years) > 1:
        yield _by_group("years", "By year", years[-_GROUPS:])
    venues = [row for row in statistics.venues if row.name and row.audited]
    if len(venues) > 1:
        largest = sorted(sorted(venues, key=lambda row: -row.audited)[:_GROUPS], key=lambda row: row.name)
        cut = f" (the {_GROUPS} with most papers)" if len(venues) > _GROUPS else ""
        yield _by_group("venues", f"By venue{cut}", largest)
    if any(counts[at] for at, (_, counts) in enumerate(statistics.together)):
        yield _together(statistics)


_LEVEL_COLORS = {"red-flag": "red", "caution": "ochre", "safe": "blue", "unstated": "violet", "none": "grey"}
_SEARCH_NAMES = {
    "none": "None found",
    "own": "For the own model",
    "all": "For all systems",
    "seed-included": "Seed included",
}


def _use_color(use: str) -> str:
    return "red" if use in RISKY_USES else "blue" if use in SAFE_USES else "grey"


def _chart(name: str, title: str, words: str, draw: Callable[..., None], *, rows: float) -> Chart:
    drawings = {}
    for size, width in (("wide", _WIDE), ("narrow", _NARROW)):
        drawn = _draw(title, words, (width, 0.7 + _ROW * rows), partial(draw, narrow=size == "narrow"))
        drawings[f"{name}-light-{size}.svg"] = drawn
        drawings[f"{name}-dark-{size}.svg"] = _darkened(drawn)
    return Chart(name, title, words, drawings)


def _draw(title: str, words: str, size: tuple[float, float], draw: Callable[[Axes, Palette], None]) -> bytes:
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: Any = {
        "svg.hashsalt": "seedaudit",
        "svg.fonttype": "none",
        "font.family": "DejaVu Sans",
        "font.size": 9.0,
        "text.color": LIGHT.ink,
        "axes.labelcolor": LIGHT.soft,
        "axes.edgecolor": LIGHT.line,
        "xtick.color": LIGHT.soft,
        "ytick.color": LIGHT.ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "savefig.facecolor": LIGHT.ground,
    }
    # Without the user's own settings of matplotlib.
    with mpl.rc_context({**mpl.rcParamsDefault, **settings}):
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasSVG(figure)
        draw(figure.add_subplot(), LIGHT)
        out = io.BytesIO()
        about: Any = {"Date": None, "Creator": None, "Title": title, "Description": words}
        figure.savefig(out, format="svg", metadata=about)
    return out.getvalue().replace(_MEASURED, _SHOWN)


def _darkened(drawing: bytes) -> bytes:
    """The same drawing in the colours of the dark scheme."""
    dark = dict(zip(astuple(LIGHT), astuple(DARK), strict=True))
    return re.sub(rb"#[0-9a-f]{6}", lambda found: dark.get(found[0].decode(), found[0].decode()).encode(), drawing)


def _shares(name: str, title: str, what: str, bars: Sequence[tuple[str, Share, str]]) -> Chart:
    def draw(axes: Axes, palette: Palette, narrow: bool) -> None:
        positions = range(len(bars))
        values = [share.value or 0.0 for _, share, _ in bars]
        axes.barh(positions, values, color=[getattr(palette, color) for _, _, color in bars], height=0.6, alpha=0.85)
        for at, (_, share, _) in enumerate(bars):
            if share.interval:
                axes.plot(share.interval, [at, at], color=palette.ink, linewidth=1.1)
        ends = [share.interval[1] if share.interval else 0.0 for _, share, _ in bars]
        for at, (end, (_, share, _)) in enumerate(zip(ends, bars, strict=True)):
            label = str(share.count) if narrow else f"{share.count} ({_percent(share.value)})"
            axes.annotate(label, (end, at), xytext=(4, 0), textcoords="offset points", va="center", color=palette.ink)
        axes.set_yticks(positions, [bar for bar, _, _ in bars])
        axes.invert_yaxis()
        _percent_axis(axes, max(ends, default=0.0) * (1.25 if narrow else 1.2))

    told = "; ".join(f"{bar}: {share.count} ({_percent(share.value)}{_between(share)})" for bar, share, _ in bars)
    return _chart(name, title, f"{what}, with 95% intervals. {told}.", draw, rows=len(bars))


def _histogram(statistics: Statistics) -> Chart:
    told = list(statistics.seeds)
    while told and not told[-1][1]:
        told.pop()

    def draw(axes: Axes, palette: Palette, narrow: bool) -> None:
        from matplotlib.ticker import MaxNLocator

        axes.bar(range(len(told)), [number for _, number in told], color=palette.blue, width=0.7, alpha=0.85)
        for at, (_, number) in enumerate(told):
            if number:
                axes.annotate(
                    str(number), (at, number), xytext=(0, 3), textcoords="offset points", ha="center",
                    color=palette.ink,
                )  # fmt: skip
        axes.set_xticks(range(len(told)), [name for name, _ in told], rotation=45 if narrow else 0)
        axes.tick_params(axis="x", colors=palette.ink)
        axes.set_xlabel("seeds")
        axes.set_ylabel("papers")
        axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        axes.margins(y=0.12)

    words = "; ".join(f"{name}: {number}" for name, number in told)
    named = statistics.seeds_named
    return _chart(
        "seeds",
        "Number of seeds",
        f"The largest number of seeds named for a use of a training seed, in the {named.count} of {named.of} papers "
        f"with such a use that name one. Papers by number of seeds: {words}.",
        draw,
        rows=7,
    )


def _by_group(name: str, title: str, groups: Sequence[GroupRow]) -> Chart:
    def draw(axes: Axes, palette: Palette, narrow: bool) -> None:
        for at, row in enumerate(groups):
            interval = row.risky.interval or (0.0, 0.0)
            axes.plot(interval, [at, at], color=palette.soft, linewidth=1.4)
            axes.plot([row.risky.value or 0.0], [at], "o", color=palette.red, markersize=5.5)
            label = f"{row.risky.count}/{row.audited}"
            axes.annotate(
                label, (interval[1], at), xytext=(5, 0), textcoords="offset points", va="center", color=palette.ink
            )
        axes.set_yticks(range(len(groups)), [_shortened(row.name, narrow) for row in groups])
        axes.set_ylim(len(groups) - 0.4, -0.6)
        _percent_axis(axes, 1.22 if narrow else 1.1)

    words = "; ".join(
        f"{row.name}: {row.risky.count} of {row.audited} ({_percent(row.risky.value)}{_between(row.risky)})"
        for row in groups
    )
    return _chart(
        name, title, f"Share of audited papers with a red flag or a caution, with 95% intervals. {words}.", draw,
        rows=len(groups),
    )  # fmt: skip


def _together(statistics: Statistics) -> Chart:
    names = [wording.USE_WORDS[use].name for use in TOGETHER]
    counts = [list(row) for _, row in statistics.together]
    most = max(max(row) for row in counts)

    def draw(axes: Axes, palette: Palette, narrow: bool) -> None:
        for row, line in enumerate(counts):
            shades = [0.45 * number / most for number in line]
            for column, (number, shade) in enumerate(zip(line, shades, strict=True)):
                axes.barh(row, 0.94, left=column - 0.47, height=0.94, color=palette.blue, alpha=shade)
                axes.text(column, row, str(number), ha="center", va="center", color=palette.ink)
        axes.set_xlim(-0.5, len(names) - 0.5)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.set_yticks(range(len(names)), names)
        axes.set_xticks(range(len(names)), names, rotation=60 if narrow else 30, ha="right")
        axes.tick_params(length=0, colors=palette.ink)
        for spine in axes.spines.values():
            spine.set_visible(False)

    pairs = "; ".join(
        f"{names[one]} and {names[two]}: {counts[one][two]}"
        for one in range(len(names))
        for two in range(one)
        if counts[one][two]
    )
    return _chart(
        "together",
        "Uses made together",
        f"Papers that make both of two uses; the diagonal counts the papers that make one. {pairs or 'No pair'}.",
        draw,
        rows=9,
    )


def _estimates(statistics: Statistics) -> list[tuple[str, Estimate]]:
    made: list[tuple[str, Estimate]] = []
    for name, share in (("Red flag or caution", statistics.risky), ("Red flag", dict(statistics.levels)["red-flag"])):
        if share.interval and share.value is not None:
            made.append((name, Estimate(share.value, *share.interval)))
    if statistics.corrected:
        made.insert(1, ("Corrected", statistics.corrected))
    if statistics.judged and statistics.judged.prevalence:
        made.insert(1, ("By hand validation", statistics.judged.prevalence))
    return made


def _prevalence(axes: Axes, palette: Palette, statistics: Statistics) -> None:
    told = _estimates(statistics)
    for at, (_, estimate) in enumerate(told):
        axes.plot([estimate.low, estimate.high], [at, at], color=palette.red, linewidth=1.6)
        axes.plot([estimate.value], [at], "o", color=palette.red, markersize=6)
        axes.annotate(
            _percent(estimate.value), (estimate.high, at), xytext=(5, 0), textcoords="offset points", va="center",
            color=palette.ink,
        )  # fmt: skip
    # All that is known of the published figure is that it lies somewhere above one half.
    last = len(told)
    axes.plot([0.5, 1.0], [last, last], color=palette.grey, linewidth=1.6, linestyle=(0, (2, 2)))
    axes.set_yticks(range(last + 1), [*(name for name, _ in told), "Published (85 papers)"])
    axes.set_ylim(last + 0.6, -0.6)
    _percent_axis(axes, 1.12)


def _prevalence_words(statistics: Statistics) -> str:
    told = "; ".join(
        f"{name}: {_percent(one.value)} ({_percent(one.low)} to {_percent(one.high)})"
        for name, one in _estimates(statistics)
    )
    return (
        f"Share of {wording.count(statistics.audited, 'audited paper')}, with 95% intervals. {told}. As a reference, "
        f"the published figure: {PUBLISHED} papers."
    )


def _percent_axis(axes: Axes, end: float) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.set_xlim(0, max(end, 0.05))
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0%}" if value <= 1.0001 else ""))
    axes.grid(axis="x", color=axes.spines["bottom"].get_edgecolor(), linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _percent(value: float | None) -> str:
    return "none" if value is None else f"{value:.0%}"


def _between(share: Share) -> str:
    return f", {share.interval[0]:.0%} to {share.interval[1]:.0%}" if share.interval else ""


def _shortened(name: str, narrow: bool) -> str:
    most = 14 if narrow else 28
    return name if len(name) <= most else f"{name[: most - 1]}…"
