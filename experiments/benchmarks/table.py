"""results.md: what a comparison measured, for reading. Blanks are what was not measured."""

from statistics import mean, median, stdev

from neuromem.experiments.benchmarks.engines import ENGINES
from neuromem.experiments.benchmarks.microcircuit import NAMES, PUBLISHED_RATES

TITLES = {
    "cuba": "CUBA",
    "brunel": "Brunel",
    "stdp": "STDP",
    "microcircuit": "Microcircuit",
    "ca3": "CA3 recall",
}
BITS = {"float32": "f32", "float64": "f64"}


def markdown(record):
    """The whole page as text."""
    parts = ["# Benchmarks", _machine(record), "## In short", summary(record)]
    for case in record["cases"]:
        parts += [f"## {title(case)}", _case(case)]
        if case["name"] == "microcircuit":
            parts.append(_rates(case))
    parts += ["## First result", _first(record["first"])] if record["first"] else []
    parts += ["## Settings", _settings(record)]
    missing = _missing(record)
    parts += ["## Not run", missing] if missing else []
    return "\n\n".join(parts) + "\n"


def title(case):
    """`CUBA 4,000`."""
    noun = " cues x 784" if case["name"] == "ca3" else ""
    return f"{TITLES[case['name']]} {case['n']:,}{noun}"


def name_of(key):
    """`Brian2 C++, f64, 1 thread`."""
    engine = ENGINES[key]
    return f"{engine.label}, {BITS[engine.dtype]}, {engine.threads} thread{'s' * (engine.threads > 1)}"


def summary(record):
    """One row per case: our time, and how many times as long the peers take."""
    columns = (
        ("Brian2 C++", "ours-f32", "brian2-cpp"),
        ("same type (f64)", "ours-f64", "brian2-cpp"),
        ("2 threads each", "ours-f32-2", "brian2-cpp-2"),
        ("NEST", "ours-f32", "nest"),
    )
    rows = []
    for case in record["cases"]:
        ours = case["runs"].get("ours-f32", [])
        synapses = f"{ours[0]['synapses'] / 1e6:.3g} M" if ours else ""
        size = _median(ours, "bytes_per_synapse", ".1f")
        cells = [title(case), synapses, _per_second(ours), size]
        rows.append(cells + [_times(ratio(case, a, b)) for _, a, b in columns])
    head = ["network", "synapses", "ours f32, s per model s", "bytes per synapse"]
    return _table(head + [name for name, _, _ in columns], rows)


def ratio(case, ours, theirs):
    """Median over rounds of their time by ours: CPU time of one thread, wall time of several; None if not measured."""
    key = "cpu_run_s" if max(ENGINES[ours].threads, ENGINES[theirs].threads) == 1 else "run_s"
    mine = {run["seed"]: run[key] for run in case["runs"].get(ours, [])}
    pairs = [(run[key], mine[run["seed"]]) for run in case["runs"].get(theirs, []) if run["seed"] in mine]
    return median(a / b for a, b in pairs) if pairs else None


def _machine(record):
    found, versions = record["machine"], record["versions"]
    return (
        f"{found['processor']}, {found['cores']} cores, {found['memory_gb']:.0f} GB, {found['system']}, Python "
        f"{found['python']}, neuromem {versions['neuromem']}, Numba {versions['numba']}, NumPy {versions['numpy']}. "
        f"Limits of one core: triad {found['triad_gb_per_s']:.1f} GB/s, scatter (16-bit index, one weight) "
        f"{found['scatter_g_per_s']:.2f} G events/s.\n\n"
        "Each run is a process of its own; engines take turns, one seed per round; dt 0.1 ms (CA3: 1 ms); 0.2 s of "
        "model time before the clock starts; spikes of all neurons recorded. Times are medians, rates mean ± standard "
        "deviation over the rounds, ratios the median over rounds of one round's two times: CPU time where both have "
        "one thread, else wall time. Bytes per synapse are the growth of the process from before the network is built "
        "to the end of the warm-up."
    )


def _case(case):
    head = [
        "engine",
        "threads",
        "state",
        "run, s per model s",
        "ours f32 is faster by",
        "build, s",
        "compile, s",
        "bytes per synapse",
        "peak, MB",
        "M syn. events/s",
        "rate, 1/s",
    ]
    rows = []
    for key, runs in case["runs"].items():
        engine = ENGINES[key]
        reference = "ours-f32-2" if engine.threads > 1 and "ours-f32-2" in case["runs"] else "ours-f32"
        rates = [run["rate_hz"] for run in runs]
        spread = f" ± {stdev(rates):.2f}" if len(rates) > 1 else ""
        events = [events_per_s(case, run) for run in runs]
        rows.append(
            [
                engine.label,
                engine.threads,
                BITS[engine.dtype],
                _per_second(runs, "cpu_run_s" if engine.threads == 1 else "run_s"),
                _times(ratio(case, reference, key)) if engine.peer else "",
                _median(runs, "build_s", ".2f"),
                f"{max(run['compile_s'] or 0.0 for run in runs):.1f}" if runs else "",
                _median(runs, "bytes_per_synapse", ".1f"),
                _median(runs, "peak_rss_mb", ".0f"),
                f"{1e-6 * median(events):.3g}" if events else "",
                f"{mean(rates):.2f}{spread}" if rates else "",
            ]
        )
    return _table(head, rows)


def events_per_s(case, run):
    """Synaptic events per second; for a peer from its spikes and its mean number of synapses per neuron."""
    if "syn_events_per_s" in run:
        return run["syn_events_per_s"]
    neurons = run["spikes"] / (run["rate_hz"] * run["simulated_s"]) if run["spikes"] else 1.0
    return run["spikes"] * run["synapses"] / neurons / run["run_s"]


def _rates(case):
    """Rates of the microcircuit's populations beside the published means."""
    rows = [["NEST, published", *(f"{rate:.3f}" for rate in PUBLISHED_RATES)]]
    for key, runs in case["runs"].items():
        if runs:
            rates = [mean(run["rates_hz"][name] for run in runs) for name in NAMES]
            label = name_of(key)
            rows.append([label, *(f"{rate:.3f}" for rate in rates)])
    return _table(["rate, 1/s", *NAMES], rows)


def _first(found):
    head = [
        "process start to the spikes of 0.1 s of CUBA 4,000",
        "cold, s",
        "warm, s",
        "cold, imports",
        "warm, imports",
    ]
    unit = found.get("imports", {})
    rows = []
    for key, times in found.items():
        label = ENGINES[key].label if key in ENGINES else "`import numpy, numba` alone"
        if "failed" in times:
            rows.append([label, "", "", "", ""])
            continue
        cells = [f"{times['cold_s']:.2f}", f"{times['warm_s']:.2f}"]
        for name in ("cold_cpu_s", "warm_cpu_s"):
            cells.append(f"{times[name] / unit[name]:.1f}" if unit.get(name) else "")
        rows.append([label, *cells])
    return _table(head, rows) + (
        "\n\nIn imports: CPU time, in units of what a process that imports NumPy and Numba takes on the same machine."
    )


def _settings(record):
    lines = {}
    for case in record["cases"]:
        for key, runs in case["runs"].items():
            if runs and "settings" in runs[0]:
                lines.setdefault(f"{ENGINES[key].label} {runs[0]['version']}: {runs[0]['settings']}", []).append(
                    title(case)
                )
    return "\n".join(f"- {line} ({', '.join(where)})" for line, where in lines.items()) or "No peer was run."


def _missing(record):
    lines = {}
    for case in record["cases"]:
        for key, reason in case["failed"].items():
            lines.setdefault(f"{name_of(key)}: {reason}", []).append(title(case))
    return "\n".join(f"- {line} ({', '.join(dict.fromkeys(where))})" for line, where in lines.items())


def _per_second(runs, key="cpu_run_s"):
    return f"{median(run[key] / run['simulated_s'] for run in runs):.3g}" if runs else ""


def _median(runs, key, form):
    values = [run[key] for run in runs if run[key] is not None]
    return f"{median(values):{form}}" if values else ""


def _times(value):
    return "" if value is None else f"{value:.1f}x"


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)
