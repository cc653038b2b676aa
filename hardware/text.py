"""Reports as rows and as plain text."""

USE_COLUMNS = ("resource", "used", "limit", "share", "where")
LOSS_COLUMNS = (
    "projection", "synapses", "quantum", "max error", "rms error", "became 0", "cut", "delays changed", "largest sum",
    "coarsened by",
)  # fmt: skip
PARAMETER_COLUMNS = ("population", "parameter", "asked", "realised", "unit")


def use_rows(fit):
    """Rows of USE_COLUMNS."""
    for use in fit.uses:
        share = f"{100.0 * use.used / use.limit:.3g} %" if use.limit else ""
        yield use.resource, f"{use.used:,}", f"{use.limit:,}", share + ("" if use.fits else " !"), use.where


def loss_rows(loss):
    """Rows of LOSS_COLUMNS."""
    for p in loss.projections:
        yield (
            p.projection,
            f"{p.synapses:,}",
            f"{p.quantum:.4g} {p.unit}",
            f"{p.max_error:.3g}",
            f"{p.rms_error:.3g}",
            f"{p.zeroed:,}",
            f"{p.saturated:,}",
            f"{p.delays_clipped + p.delays_rounded:,}",
            f"{100.0 * p.overflow_bound:.3g} %" + (" !" if p.overflow_bound > 1.0 else ""),
            p.coarsened_by,
        )


def parameter_rows(loss, least=0.0):
    """Rows of PARAMETER_COLUMNS whose relative change is above `least`; populations that lose the same share a row."""
    groups = {}
    for p in loss.parameters:
        if abs(p.realised - p.asked) > least * max(abs(p.asked), 1e-12):
            key = p.parameter, f"{p.asked:.9g}", f"{p.realised:.9g}", p.unit
            groups.setdefault(key, []).append(p.population)
    for key, populations in groups.items():
        yield " ".join(populations), *key


def verdict(fit):
    """One line."""
    return f"fits {fit.target}" if fit.fits else f"does not fit {fit.target}: {fit.summary()}"


def agreement_line(loss):
    """One line."""
    if loss.spike_agreement is None:
        return "spike agreement: not compared"
    said = f"spike agreement of float engine and chip over {loss.compared_ms:g} ms: {loss.spike_agreement:.6f}"
    if loss.answers is None:
        return said
    same, asked = loss.answers
    return f"{said}; the same answer to {same} of {asked} fragments"


def fit_text(fit):
    """The whole report as text."""
    parts = [verdict(fit), *(f"refused: {item}" for item in fit.refused)]
    parts += [grid(USE_COLUMNS, use_rows(fit)), *(f"note: {note}" for note in fit.notes)]
    return "\n".join(parts)


def loss_text(loss):
    """The whole report as text."""
    parts = [agreement_line(loss), "", grid(LOSS_COLUMNS, loss_rows(loss))]
    parts += ["", "parameters that are not exact:", grid(PARAMETER_COLUMNS, parameter_rows(loss))]
    parts += [f"chosen: {name} = {value:.6g}" for name, value in loss.scale.items()]
    return "\n".join([*parts, *(f"note: {note}" for note in loss.notes)])


def grid(columns, rows):
    """Columns of text, as wide as they need to be."""
    lines = [tuple(columns), *(tuple(map(str, row)) for row in rows)]
    widths = [max(len(line[k]) for line in lines) for k in range(len(columns))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines)
