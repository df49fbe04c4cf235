"""An evaluation's figures -> text for the terminal, and one HTML file that needs nothing else.

In: the record that ``seedaudit evaluate --format json`` tells. Out: text, or a page without script and requests. The
one decision owned here: what a reader sees first, and that no figure stands without what it was counted over.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from seedaudit.findings import LEVELS, USES
from seedaudit.reporting import html, wording
from seedaudit.reporting.charts import Chart, draw_evaluation

ERROR_KINDS = {
    "not-audited": "the paper was not audited",
    "text-torn": "the passage is not in the text as it was read",
    "candidate-missed": "the passage was read and not noticed",
    "label-confused": "the passage was noticed and taken for another use",
    "not-labelled": "a use was told where nothing is labelled",
    "verdict": "the paper's verdict is another",
}
_POLICY = "default-src 'none'; img-src data:; style-src {style}; base-uri 'none'; form-action 'none'"
_SHOWN = 40  # errors in the text; all are in the other forms


def render_evaluation(record: Mapping[str, Any]) -> str:
    """The page; the same record gives the same text."""
    templates = html.environment()
    style = templates.get_template("report.css").render() + templates.get_template("study.css").render()
    return (
        templates.get_template("evaluation.html.j2").render(
            record=record,
            charts=draw_evaluation(record),
            address=_address,
            style=Markup(style),
            policy=_POLICY.format(style=html.policy_hash(style)),
            levels=LEVELS,
            uses=USES,
            kinds=ERROR_KINDS,
            words=wording,
            share=_share,
            number=_number,
            interval=_interval,
        )
        + "\n"
    )


def _address(chart: Chart, drawing: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(chart.drawings[drawing]).decode("ascii")


def render_text(record: Mapping[str, Any]) -> str:
    """The figures as lines for a terminal."""
    return "\n".join(_lines(record)) + "\n"


def _lines(record: Mapping[str, Any]) -> Iterator[str]:
    yield f"{'use':16} {'F1':>6} {'right':>6} {'false':>6} {'missed':>7}  precision             recall"
    for use, one in record["per_use"].items():
        yield (
            f"{use:16} {one['f1']:6.3f} {one['right']:6d} {one['false']:6d} {one['missed']:7d}  "
            f"{_share(one['precision']):21} {_share(one['recall'])}"
        )
    intervals = record["intervals"]
    yield (
        f"all five uses: micro-F1 {record['passage_micro_f1']:.3f} "
        f"(precision {record['passage_precision']:.3f}{_interval(intervals['passage_precision'])}, "
        f"recall {record['passage_recall']:.3f}{_interval(intervals['passage_recall'])}), "
        f"macro-F1 {record['passage_macro_f1']:.3f}"
    )
    yield (
        f"verdict: accuracy {record['verdict_accuracy']:.3f}{_interval(intervals['verdict_accuracy'])}, "
        f"kappa {record['verdict_kappa']:.3f} over {record['papers']} papers"
    )
    for name in ("risky_sensitivity", "risky_specificity"):
        hits, of = record[f"{name}_counts"]
        told = f"{hits} of {of} = {hits / of:.3f}{_interval(intervals[name])}" if of else "no such paper"
        yield f"{name.replace('_', ' ')}: {told}"
    yield from _calibration(record["calibration"])
    yield from _matrix("Verdicts: labelled (rows), told (columns)", record["confusion"], (*LEVELS, "failed"))
    columns = [use for use in (*USES, "not found") if any(use in row for row in record["passage_confusion"].values())]
    yield from _matrix("Passages: labelled (rows), told (columns)", record["passage_confusion"], columns)
    for name, groups in (("venue", record["by_venue"]), ("year", record["by_year"])):
        if len(groups) > 1 or any(group["name"] for group in groups):
            yield ""
            yield f"{'by ' + name:28} {'papers':>6} {'passages':>8} {'F1':>6}  verdict right         sensitivity"
            for group in groups:
                yield (
                    f"{(group['name'] or 'not known')[:28]:28} {group['papers']:6d} {group['passages']:8d} "
                    f"{_number(group['passage_f1'] if group['passages'] else None):>6}  {_share(group['verdict']):21} "
                    f"{_share(group['sensitivity'])}; specificity {_share(group['specificity'])}"
                )
    yield from _errors(record)


def _calibration(calibration: Mapping[str, Any]) -> Iterator[str]:
    if calibration["error"] is None:
        return
    yield ""
    yield f"Confidence of {calibration['findings']} findings: expected calibration error {calibration['error']:.3f}"
    for one in calibration["bins"]:
        share = one["right"] / one["of"]
        yield f"  told {one['confidence']:.2f}: {one['right']:4d} of {one['of']:4d} right = {share:.2f}" + _interval(
            one["interval"]
        )


def _matrix(title: str, rows: Mapping[str, Mapping[str, int]], columns: Sequence[str]) -> Iterator[str]:
    if not rows:
        return
    widths = [max(5, len(column)) for column in columns]
    yield ""
    yield title
    yield f"{'':18}" + " ".join(f"{column:>{width}}" for column, width in zip(columns, widths, strict=True))
    for row, counts in rows.items():
        cells = (f"{counts.get(one, 0) or '.':>{width}}" for one, width in zip(columns, widths, strict=True))
        yield f"{row:18}" + " ".join(cells)


def _errors(record: Mapping[str, Any]) -> Iterator[str]:
    if not record["error_kinds"]:
        return
    yield ""
    yield "Errors"
    for kind, count in record["error_kinds"].items():
        yield f"{count:5d}  {kind}: {ERROR_KINDS[kind]}"
    errors = record.get("errors", [])
    for one in errors[:_SHOWN]:
        place = f"page {one['page']}" if one["page"] is not None else ""
        offsets = f"{one['start']}-{one['end']}" if one["start"] is not None else ""
        labelled, told = one["labelled"] or "nothing", one["told"] or "nothing"
        yield "  " + " · ".join(
            part
            for part in (one["kind"], one["paper"], place, offsets, f"{labelled} told as {told}", one["why"])
            if part
        )
    if len(errors) > _SHOWN:
        yield f"  … {len(errors) - _SHOWN} more: --format json or html tells all"


def _share(share: Mapping[str, Any]) -> str:
    if share["value"] is None:
        return "–"
    return f"{share['value']:.2f}{_interval(share['interval'], 2)}"


def _interval(bounds: Sequence[float] | None, digits: int = 3) -> str:
    return f" [{bounds[0]:.{digits}f}, {bounds[1]:.{digits}f}]" if bounds else ""


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
