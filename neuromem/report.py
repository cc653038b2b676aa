"""A report as one self-contained HTML file: text, tables, pictures, every parameter and version; no network, no script.

write("report.html", "Recall of digits", "100 digits, recalled from fragments.",
      [Section("Quality", "As the ink fades.", figures=[(ax.figure, "Recall against ink kept")])], {"seed": 0})
"""

import base64
import platform
import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from importlib import metadata
from numbers import Integral, Real
from pathlib import Path

from neuromem.errors import UsageError

LIBRARIES = ("neuromem", "numpy", "scipy", "numba", "h5py", "matplotlib")


@dataclass(frozen=True)
class Table:
    """Rows as dicts of text or numbers; `columns` picks and orders the keys (by default all, as they first come)."""

    rows: Sequence[Mapping]
    caption: str = ""
    columns: Sequence[str] | None = None


@dataclass(frozen=True)
class Section:
    """One part of a report.

    text: paragraphs, parted by blank lines; `words` in backticks are set as code.
    figures: (matplotlib Figure or PNG bytes, caption) or (..., caption, alternative text); the caption stands in for
        a missing alternative text.
    tables: Table objects. code: blocks of code or shell commands.
    """

    title: str
    text: str = ""
    figures: Sequence[tuple] = ()
    tables: Sequence[Table] = ()
    code: Sequence[str] = field(default=())


def versions() -> dict:
    """Name -> version of Python and of the libraries a result depends on; absent ones are left out."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def write(path, title, summary, sections, parameters, *, highlights=(), created=None) -> Path:
    """Write a report to `path` atomically and return the path.

    title: one line. summary: paragraphs that stand on their own.
    sections: `Section` objects, in order.
    parameters: name -> value, every parameter and seed; a value that is itself a mapping becomes a table of its own.
    highlights: (value, label) pairs shown large under the summary.
    created: the time of writing, as text; by default now, in UTC.

    Raises UsageError for a figure that is neither a Figure nor PNG bytes or has no caption, and what
    `neuromem.io.atomic_path` raises where the file cannot be written.
    """
    from neuromem.io import atomic_path

    page = render(title, summary, sections, parameters, highlights=highlights, created=created)
    with atomic_path(path) as temporary:
        Path(temporary).write_text(page, encoding="utf-8")
    return Path(path)


def render(title, summary, sections, parameters, *, highlights=(), created=None) -> str:
    """The page that `write` writes, as text."""
    created = created or datetime.now(UTC).strftime("%d %B %Y, %H:%M UTC").lstrip("0")
    ids = [f"part-{i}" for i in range(1, len(sections) + 1)]
    links = [*zip(ids, [s.title for s in sections], strict=True), ("parameters", "Parameters and versions")]
    menu = "".join(f'<li><a href="#{i}">{escape(name)}</a></li>' for i, name in links)
    tiles = "".join(f"<div><dt>{escape(label)}</dt><dd>{escape(_large(v))}</dd></div>" for v, label in highlights)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">",
        f"<title>{escape(title)}</title><style>{_CSS}</style></head><body>",
        f'<header><h1>{escape(title)}</h1><div class="lead">{_paragraphs(summary)}</div>',
        f'<dl class="tiles">{tiles}</dl>' if tiles else "",
        f'<nav aria-label="Contents"><ul>{menu}</ul></nav></header><main>',
        *(_section(i, section) for i, section in zip(ids, sections, strict=True)),
        '<section id="parameters" aria-labelledby="parameters-title">',
        '<h2 id="parameters-title">Parameters and versions</h2>',
        *_parameters(parameters),
        _pairs("versions", versions()) if "versions" not in parameters else "",
        f"</section></main><footer><p>Written {escape(created)} by neuromem.</p></footer></body></html>\n",
    ]
    return "\n".join(part for part in parts if part)


def _section(anchor, section):
    body = [f'<section id="{anchor}" aria-labelledby="{anchor}-title">']
    body.append(f'<h2 id="{anchor}-title">{escape(section.title)}</h2>{_paragraphs(section.text)}')
    body += [_figure(section.title, *figure) for figure in section.figures]
    body += [_table(table) for table in section.tables]
    body += [f'<pre tabindex="0"><code>{escape(block.strip(chr(10)))}</code></pre>' for block in section.code]
    return "\n".join([*body, "</section>"])


def _paragraphs(text):
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text) if block.strip()]
    return "".join("<p>" + re.sub("`([^`]+)`", r"<code>\1</code>", escape(block)) + "</p>" for block in blocks)


def _figure(where, picture, caption="", alt=""):
    if hasattr(picture, "savefig"):
        from neuromem.plot import to_png

        picture = to_png(picture)
    if not isinstance(picture, bytes) or not picture.startswith(b"\x89PNG\r\n\x1a\n"):
        raise UsageError(f"a figure in section {where!r} must be a matplotlib Figure or PNG bytes, got {type(picture)}")
    if not (alt or caption).strip():
        raise UsageError(f"a figure in section {where!r} needs a caption")
    width, height = struct.unpack(">II", picture[16:24])
    data = base64.b64encode(picture).decode("ascii")
    size = f'width="{width}" height="{height}" alt="{escape(alt or caption)}"'
    return (
        f'<figure><div class="scroll" tabindex="0" role="group" aria-label="Figure">'
        f'<img src="data:image/png;base64,{data}" {size}></div><figcaption>{escape(caption)}</figcaption></figure>'
    )


def _table(table):
    columns = list(table.columns or dict.fromkeys(key for row in table.rows for key in row))
    numeric = {c for c in columns if all(isinstance(row.get(c, 0), Real) for row in table.rows)}
    mark = {c: ' class="number"' if c in numeric else "" for c in columns}
    head = "".join(f'<th scope="col"{mark[c]}>{escape(str(c))}</th>' for c in columns)
    body = "".join(
        f"<tr>{''.join(f'<td{mark[c]}>{escape(_show(row.get(c)))}</td>' for c in columns)}</tr>" for row in table.rows
    )
    caption = f"<caption>{escape(table.caption)}</caption>" if table.caption else ""
    label = escape(table.caption or "Table")
    return (
        f'<div class="scroll" tabindex="0" role="group" aria-label="{label}"><table>{caption}'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _parameters(parameters):
    groups = {name: value for name, value in parameters.items() if isinstance(value, Mapping)}
    plain = {name: value for name, value in parameters.items() if name not in groups}
    return [_pairs(name, group) for name, group in {"": plain, **groups}.items() if group]


def _pairs(caption, pairs):
    names = {escape(str(name)): escape(str(value)) for name, value in pairs.items()}
    rows = "".join(f'<tr><th scope="row">{name}</th><td>{value}</td></tr>' for name, value in names.items())
    head = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="scroll"><table class="pairs">{head}<tbody>{rows}</tbody></table></div>'


def _show(value):
    """A cell: numbers to four digits, booleans in words, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Real) and not isinstance(value, Integral):
        return f"{value:.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
    return str(value)


def _large(value):
    """A highlight: as in a cell, with whole numbers in groups of three digits."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    return f"{value:,}".replace(",", "\u202f") if whole else _show(value)


_CSS = r"""
:root{--paper:#fff;--ink:#1b1f24;--muted:#59626d;--rule:#d5dae0;--soft:#f3f4f6;--link:#0063a0}
@media (prefers-color-scheme:dark){
:root{--paper:#14171b;--ink:#e6e9ed;--muted:#a3adb8;--rule:#343b44;--soft:#1e2329;--link:#6fb8ee}
figure .scroll{background:#fff}img{filter:brightness(.94)}}
*{box-sizing:border-box}
html{color-scheme:light dark;-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:62rem;padding:2.5rem clamp(1rem,4vw,2.5rem) 3rem;background:var(--paper);color:var(--ink);
font:1rem/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;overflow-wrap:break-word}
h1{font-size:clamp(1.7rem,4.5vw,2.4rem);line-height:1.2;letter-spacing:-.015em;margin:0 0 .75rem;text-wrap:balance}
h2{font-size:1.35rem;line-height:1.3;margin:0 0 .75rem;padding-top:1.75rem;border-top:1px solid var(--rule)}
section{margin-top:2.5rem}
p{max-width:44rem;margin:0 0 1rem}
.lead p{font-size:1.12rem}
a{color:var(--link)}
nav ul{list-style:none;padding:0;margin:1.25rem 0 0;display:flex;flex-wrap:wrap;gap:.4rem 1.4rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.75rem;margin:1.5rem 0}
.tiles div{display:flex;flex-direction:column-reverse;justify-content:flex-end;
background:var(--soft);border-radius:.6rem;padding:.8rem 1rem}
.tiles dd{margin:0;white-space:nowrap;
font-size:1.7rem;font-weight:650;line-height:1.25;font-variant-numeric:tabular-nums}
.tiles dt{color:var(--muted);font-size:.9rem;line-height:1.4}
figure{margin:1.5rem 0}
.scroll{overflow-x:auto}
.scroll:focus-visible,pre:focus-visible{outline:2px solid var(--link);outline-offset:2px}
figure .scroll{border-radius:.6rem}
img{display:block;max-width:100%;height:auto}
figcaption,caption{color:var(--muted);font-size:.92rem;line-height:1.5;text-align:left}
figcaption{margin-top:.6rem;max-width:44rem}
caption{padding-bottom:.5rem}
table{border-collapse:collapse;margin:1.25rem 0;font-size:.95rem;font-variant-numeric:tabular-nums}
th,td{padding:.45rem 1.4rem .45rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
thead th{border-bottom:2px solid var(--rule);vertical-align:bottom}
.number{text-align:right}
.pairs{width:100%;max-width:44rem}
.pairs th{font-weight:400;color:var(--muted);width:40%}
.pairs td,code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.88em}
.pairs td{overflow-wrap:anywhere}
p code{background:var(--soft);border-radius:.3rem;padding:.1em .35em}
pre{background:var(--soft);border-radius:.6rem;padding:1rem 1.2rem;overflow-x:auto;line-height:1.5;margin:1.25rem 0}
pre code{font-size:inherit}
footer{margin-top:3rem;color:var(--muted);font-size:.9rem}
@media (max-width:40rem){figure img{max-width:none;width:max(100%,34rem)}
.scroll>table:not(.pairs){min-width:34rem}figcaption::before{content:"\2194\FE0E  Scrolls sideways. "}}
@media print{body{max-width:none;padding:0}figure,table{break-inside:avoid}nav{display:none}}
"""
