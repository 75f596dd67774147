"""A chart as a Vega-Lite description and as an SVG picture; the home of vl-convert.

What is drawn holds its own data and is never fetched from anywhere; each mark carries its number as text, and a split is named
beside its bar, so that nothing is told by colour alone.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from typing import Any

from graph.errors import DrawingError
from graph.plots import Chart, is_unsaid, told

VERSION = "5.21"
WIDTH = 760  # pixels
_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
COLOURS = ("#0b6a7f", "#d55e00", "#cc79a7", "#e69f00", "#56b4e9", "#009e73")  # told apart with any colour vision
GREY = "#6b6f72"
_INK, _SOFT, _PAPER = "#1d2326", "#565e62", "#ffffff"


def spec(chart: Chart) -> dict[str, Any]:
    """Return the chart as a Vega-Lite 5 description that holds its data; `width` and `height` are those of the picture."""
    title = textwrap.wrap(chart.title, 76)
    told_apart = [*textwrap.wrap(chart.subtitle, 100), *_notes(chart)]
    head = 19 * len(title) + 15 * len(told_apart) + 24
    layers = _bars(chart) if chart.kind == "bar" else _cells(chart)
    lines = len(_places(chart)) if chart.kind == "bar" else len(chart.rows)
    foot = 60 + (min(230, 5 * max(map(len, chart.columns))) if _is_slanted(chart) else 0)
    return {
        "$schema": _SCHEMA, "description": told(chart), "width": WIDTH, "height": head + foot + 24 * lines,
        "autosize": {"type": "fit", "contains": "padding"}, "background": _PAPER, "padding": 8,
        "title": {"text": title, "subtitle": told_apart, "anchor": "start", "frame": "bounds", "fontSize": 15, "offset": 12,
                  "subtitleFontSize": 12, "subtitlePadding": 6, "color": _INK, "subtitleColor": _SOFT},
        "data": {"values": _values(chart)},
        "config": {"font": "sans-serif", "axis": {"labelFontSize": 12, "titleFontSize": 12, "labelColor": _INK, "titleColor": _SOFT,
                                                  "labelLimit": 0, "gridColor": "#e4e2da"}, "view": {"stroke": None}},
        **layers,
    }


def _is_slanted(chart: Chart) -> bool:
    """Say whether the names below the columns need more room than they have lying flat."""
    return chart.kind == "rect" and max(map(len, chart.columns)) * 7 > 480 / len(chart.columns)


def _notes(chart: Chart) -> list[str]:
    notes = [] if chart.kind == "bar" else [f"The numbers: {chart.value_title.lower()}. An empty cell: none was coded."]
    if chart.left_out:
        notes.append(f"Shows the {len(chart.rows)} with most; {chart.left_out} more are in the table.")
    return notes


def _places(chart: Chart) -> list[str]:
    return list(dict.fromkeys(mark.name for mark in chart.marks))


def _values(chart: Chart) -> list[dict[str, Any]]:
    """Return the marks as data; the order is a number, so that no name gets into an expression."""
    rows, columns = chart.rows, chart.columns
    return [
        {"name": mark.name if chart.kind == "bar" else mark.row, "group": mark.column, "value": mark.value,
         "place": place if chart.kind == "bar" else rows.index(mark.row), "column": columns.index(mark.column)}
        for place, mark in enumerate(chart.marks)
    ]


def _down(chart: Chart) -> dict[str, Any]:
    return {"field": "name", "type": "nominal", "sort": {"field": "place", "op": "min"}, "title": chart.row_title,
            "axis": {"titleAnchor": "end", "titleAngle": 0, "titleAlign": "right", "titleY": -8, "titleX": -8, "ticks": False, "labelPadding": 6}}


def _bars(chart: Chart) -> dict[str, Any]:
    columns = chart.columns
    colour: dict[str, Any] = {"value": COLOURS[0]}
    if chart.column_title:
        colour = {"field": "column", "type": "nominal", "legend": None, "scale": {
            "domain": list(range(len(columns))), "range": [GREY if is_unsaid(name) else COLOURS[place % len(COLOURS)] for place, name in enumerate(columns)]}}
    length = {"field": "value", "type": "quantitative", "title": chart.value_title,
              "axis": {"values": _ticks(max(mark.value for mark in chart.marks)), "format": "~f"}}
    return {
        "encoding": {"y": _down(chart), "x": length},
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.7}}, "encoding": {"color": colour}},
            {"mark": {"type": "text", "align": "left", "baseline": "middle", "dx": 4, "fontSize": 12, "color": _INK},
             "encoding": {"text": {"field": "value", "type": "quantitative", "format": "~f"}}},
        ],
    }


def _ticks(most: int | float) -> list[int]:
    """Return whole numbers from 0 to at least `most`, at most eleven of them."""
    step = next(step for power in range(19) for step in (10**power, 2 * 10**power, 5 * 10**power) if most <= 10 * step)
    return list(range(0, math.ceil(most / step) * step + 1, step))


def _cells(chart: Chart) -> dict[str, Any]:
    most = max(mark.value for mark in chart.marks)
    shade = {"field": "value", "type": "quantitative", "legend": None, "title": chart.value_title,
             "scale": {"domain": [0, most], "range": ["#e3eff1", "#0b5566"]}}
    dark = {"condition": {"test": f"datum.value > {most / 2:g}", "value": _PAPER}, "value": _INK}
    across = {"field": "group", "type": "nominal", "sort": {"field": "column", "op": "min"}, "title": chart.column_title,
              "axis": {"labelAngle": -35 if _is_slanted(chart) else 0, "ticks": False}}
    return {
        "encoding": {"y": _down(chart), "x": across},
        "layer": [
            {"mark": {"type": "rect", "stroke": _PAPER}, "encoding": {"color": shade}},
            {"mark": {"type": "text", "fontSize": 12}, "encoding": {"text": {"field": "value", "type": "quantitative", "format": "~f"}, "color": dark}},
        ],
    }


def svg(description: Mapping[str, Any]) -> bytes:
    """Return a description made by `spec` as an SVG picture. Nothing is fetched: no address is allowed.

    Raises DrawingError for what cannot be drawn.
    """
    import vl_convert  # half a second and 30 MB, for those who look at a chart

    try:
        return vl_convert.vegalite_to_svg(dict(description), vl_version=VERSION, allowed_base_urls=[]).encode()
    except ValueError as problem:
        why = next((line for line in str(problem).splitlines()[1:] if line.strip()), str(problem)).strip()
        raise DrawingError(f"The chart could not be drawn ({why}); take its description, .vl.json, or the table.") from problem
