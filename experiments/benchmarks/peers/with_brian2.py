"""A task in Brian2: its Cython runtime, or C++ standalone, which is built once and then executed once per run.

Both time one pass of the compiled loop. In C++ the generated program gets lines that read the clocks before and after a
second call of its own `Network::run`, so that neither code generation nor compilation nor saving results counts.
"""

import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path

FLAGS = ["-w", "-O3", "-ffast-math", "-fno-finite-math-only", "-march=native", "-std=c++11"]
"""Brian2's defaults, fixed here so that the table can say them."""
WAITING = {"spinning": {}, "passive": {"OMP_WAIT_POLICY": "PASSIVE"}}
"""How OpenMP threads wait for each other: the first is better on idle cores, the second on busy ones."""


def run(job, meter):
    """Run the job; see `entry` for what it holds and `engines` for what is returned."""
    return cython(job, meter) if job["mode"] == "cython" else standalone(job)


def cython(job, meter):
    """One run() call; an operation notes the clocks when the warm-up is over."""
    b2 = _brian2(job)
    b2.prefs.codegen.target = "cython"
    b2.prefs.codegen.runtime.cython.cache_dir = job["folder"]
    b2.seed(job["seed"])
    meter.mark("imported")
    network, monitor, synapses = _builder(job["task"]).build(job["task"])
    meter.mark("built")
    before = [0]

    @b2.network_operation(dt=(job["warm_up"] or job["seconds"]) * b2.second, when="start")
    def note(t):
        if "begin" not in meter.at and t / b2.second >= job["warm_up"] - 1e-9:
            before[0] = monitor.num_spikes
            meter.mark("begin")

    network.add(note)
    network.run((job["warm_up"] + job["seconds"]) * b2.second)
    meter.mark("end")
    return {
        "engine": "Brian2 cython",
        "version": b2.__version__,
        "synapses": sum(len(s) for s in synapses),
        "spikes": _per_population(job["task"], monitor.i[before[0] :]),
        "build_s": meter.between("imported", "built"),
        "compile_s": meter.between("built", "begin") if not job["warm_up"] else None,
        "run_s": meter.between("begin", "end"),
        "cpu_run_s": meter.between("begin", "end", "cpu"),
        "peak_rss_mb": meter.at["end"]["peak"],
        "grown_mb": None,
        "settings": f"cython runtime, {job['dtype']}, exact integration, {' '.join(FLAGS)}",
    }


def standalone(job):
    """Build the program unless its folder holds it already, then execute it."""
    folder = Path(job["folder"])
    stamp = folder / "built.json"
    compiled = {"codegen_s": 0.0, "make_s": 0.0}
    if not stamp.exists():
        compiled = _generate(job, folder)
        stamp.write_text(json.dumps(compiled))
    from importlib.metadata import version

    tries = [_execute(job, folder, waiting) for waiting in (WAITING if job["threads"] > 1 else {"": {}}).values()]
    at, spikes, synapses = min(tries, key=lambda answer: answer[0]["end"]["wall"] - answer[0]["begin"]["wall"])
    return {
        "engine": "Brian2 C++",
        "version": version("brian2"),
        "synapses": synapses,
        "spikes": spikes,
        "build_s": at["built"]["wall"] - at["started"]["wall"],
        "compile_s": compiled["codegen_s"] + compiled["make_s"],
        "run_s": at["end"]["wall"] - at["begin"]["wall"],
        "cpu_run_s": at["end"]["cpu"] - at["begin"]["cpu"],
        "peak_rss_mb": at["end"]["peak"],
        "grown_mb": at["begin"]["resident"] - at["start"]["resident"],
        "settings": f"C++ standalone, {job['dtype']}, exact integration, {' '.join(FLAGS)}, "
        + (
            f"OpenMP with {job['threads']} threads, {' or '.join(WAITING)} waiting, whichever was faster"
            if job["threads"] > 1
            else "no OpenMP"
        ),
    }


def _execute(job, folder, environment):
    """Run the program once; (readings by moment, spikes per population, synapses)."""
    started = time.monotonic()
    given = {**os.environ, **environment, "BENCH_SEED": str(job["seed"])}
    done = subprocess.run([str(folder / "main")], cwd=folder, env=given, stdout=subprocess.PIPE, text=True, check=True)
    at, spikes, synapses = _read(done.stdout)
    at["started"] = {"wall": started}
    return at, spikes, synapses


def _generate(job, folder):
    began = time.monotonic()
    b2 = _brian2(job)
    b2.set_device("cpp_standalone", build_on_run=False)
    if job["threads"] > 1:
        b2.prefs.devices.cpp_standalone.openmp_threads = job["threads"]
    b2.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
    insert = b2.device.insert_code
    insert("main", _MARK)
    insert("main", 'bench_mark("start");')
    network, monitor, synapses = _builder(job["task"]).build(job["task"])
    insert("main", 'bench_mark("built");')
    spikes = b2.device.get_array_name(monitor.variables["i"], access_data=False)
    counted = " + ".join(
        f"{b2.device.get_array_name(s.variables['_synaptic_pre'], access_data=False)}.size()" for s in synapses
    )
    network.run((job["warm_up"] or job["task"]["dt"] * 1e-3) * b2.second)
    insert("main", _AGAIN.format(network=network.name, seconds=job["seconds"], spikes=spikes, synapses=counted))
    sizes = [population["size"] for population in job["task"]["populations"]]
    insert("main", _COUNT.format(spikes=spikes, sizes=", ".join(map(str, sizes))))
    b2.device.build(directory=str(folder), compile=False, run=False, with_output=False)
    generated = time.monotonic()
    _make(folder)
    return {"codegen_s": generated - began, "make_s": time.monotonic() - generated}


def _make(folder):
    done = subprocess.run(["make", "-j2"], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise RuntimeError(f"the generated C++ does not compile: {done.stderr.strip().splitlines()[-1]}")


_MARK = r"""
if (std::getenv("BENCH_SEED"))
    for (size_t k = 0; k < brian::_random_generators.size(); k++)
        brian::_random_generators[k].seed(1000 * std::atol(std::getenv("BENCH_SEED")) + k + 1);
auto bench_mark = [](const char* name) {
    timespec wall, cpu;
    clock_gettime(CLOCK_MONOTONIC, &wall);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    double resident = 0, peak = 0;
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        if (word == "VmRSS:") status >> resident;
        if (word == "VmHWM:") status >> peak;
    }
    std::cout.precision(12);
    std::cout << "bench " << name << " " << wall.tv_sec + 1e-9 * wall.tv_nsec << " "
              << cpu.tv_sec + 1e-9 * cpu.tv_nsec << " " << resident * 1.024e-3 << " " << peak * 1.024e-3 << std::endl;
};"""
_AGAIN = """
const size_t bench_before = {spikes}.size();
bench_mark("begin");
{network}.run({seconds}, NULL, 10.0);
bench_mark("end");
std::cout << "bench_synapses " << {synapses} << std::endl;"""
_COUNT = """
{{
    const std::vector<size_t> sizes = {{{sizes}}};
    std::vector<size_t> count(sizes.size());
    for (size_t k = bench_before; k < {spikes}.size(); k++) {{
        size_t p = 0, last = sizes[0];
        while (size_t({spikes}[k]) >= last) last += sizes[++p];
        count[p]++;
    }}
    std::cout << "bench_spikes";
    for (size_t p = 0; p < count.size(); p++) std::cout << " " << count[p];
    std::cout << std::endl;
}}"""


def _read(text):
    at, spikes, synapses = {}, [], 0
    for line in text.splitlines():
        words = line.split()
        if words[:1] == ["bench"]:
            at[words[1]] = dict(zip(("wall", "cpu", "resident", "peak"), map(float, words[2:])))
        elif words[:1] == ["bench_spikes"]:
            spikes = [int(word) for word in words[1:]]
        elif words[:1] == ["bench_synapses"]:
            synapses = int(words[1])
    return at, spikes, synapses


def _brian2(job):
    import brian2

    brian2.prefs.codegen.cpp.extra_compile_args_gcc = FLAGS
    if job["dtype"] == "float32":
        import numpy

        brian2.prefs.core.default_float_dtype = numpy.float32
    return brian2


def _builder(task):
    """The script beside this one that knows the task; loaded by its path, whatever else has its name."""
    name = "brian2_ca3" if task["name"] == "ca3" else "brian2_network"
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _per_population(task, ids):
    import numpy

    bounds = numpy.cumsum([population["size"] for population in task["populations"]])
    return numpy.bincount(numpy.searchsorted(bounds, ids, side="right"), minlength=len(bounds)).tolist()
