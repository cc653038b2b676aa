"""A task in NEST: exact integration of iaf_psc_exp and iaf_psc_delta, spikes of all neurons recorded in memory.

Homogeneous weights use the synapse types that store none (`static_synapse_hom_w`, `stdp_synapse_hom`), and all use the
compact `_hpc` forms, with a 16-bit target index: the fastest and smallest that NEST has. Poisson input has the delay of
the network's synapses, so that it does not shorten the interval between exchanges of spikes.
"""


def run(job, meter):
    """Run the job; see `entry` for what it holds and `engines` for what is returned."""
    global nest  # not at the top: our own environment, which checks and packs this file, has no NEST
    import nest

    task = job["task"]
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.ResetKernel()
    nest.set(resolution=task["dt"], local_num_threads=job["threads"], rng_seed=job["seed"] + 1, print_time=False)
    nest.use_wfr = False  # no gap junctions here
    meter.mark("imported")
    populations = [_population(task, population) for population in task["populations"]]
    everyone = sum(populations[1:], populations[0])
    for number, projection in enumerate(task["projections"]):
        pre = populations[projection["pre"]]
        post = everyone if projection["post"] is None else populations[projection["post"]]
        _connect(f"projection_{number}", pre, post, projection, task)
    synapses = nest.num_connections
    recorders = [nest.Create("spike_recorder") for _ in populations]
    for population, recorder in zip(populations, recorders):
        nest.Connect(population, recorder)
    _poisson(task, populations)
    nest.Prepare()
    meter.mark("built")
    if job["warm_up"]:
        nest.Run(1000 * job["warm_up"])
    meter.mark("warm")
    before = [recorder.n_events for recorder in recorders]
    meter.mark("begin")
    nest.Run(1000 * job["seconds"])
    meter.mark("end")
    spikes = [recorder.n_events - count for recorder, count in zip(recorders, before)]
    nest.Cleanup()
    return {
        "engine": "NEST",
        "version": nest.__version__,
        "synapses": synapses,
        "spikes": spikes,
        "build_s": meter.between("imported", "built"),
        "compile_s": 0.0,
        "run_s": meter.between("begin", "end"),
        "cpu_run_s": meter.between("begin", "end", "cpu"),
        "peak_rss_mb": meter.at["end"]["peak"],
        "grown_mb": meter.between("imported", "warm", "resident"),
        "settings": f"{_model(task)}, {', '.join(sorted({_synapse(p) for p in task['projections']}))}, "
        f"local_num_threads={job['threads']}, use_wfr=False",
    }


def _model(task):
    return "iaf_psc_exp" if task["model"] == "curr_exp" else "iaf_psc_delta"


def _population(task, population):
    """ms and mV as they are; nF and nA in NEST's pF and pA."""
    given = task["neuron"]
    values = {
        "C_m": 1000 * given["cm"],
        "tau_m": given["tau_m"],
        "E_L": given["v_rest"],
        "V_th": given["v_thresh"],
        "V_reset": given["v_reset"],
        "t_ref": given["tau_refrac"],
        "I_e": 1000 * population["offset"],
    }
    if task["model"] == "curr_exp":
        values |= {"tau_syn_ex": given["tau_syn_e"], "tau_syn_in": given["tau_syn_i"]}
    rules = [p["stdp"] for p in task["projections"] if p["stdp"]]
    if rules:
        values["tau_minus"] = rules[0]["tau"]
    neurons = nest.Create(_model(task), population["size"], params=values)
    kind, a, b = population["v0"]
    neurons.V_m = nest.random.uniform(a, b) if kind == "uniform" else nest.random.normal(a, b)
    return neurons


def _weight(projection, task):
    """In the unit of the model: pA, or mV for delta synapses."""
    scale = 1000.0 if task["model"] == "curr_exp" else 1.0
    return scale * projection["weight"] * (-1 if projection["inhibitory"] else 1)


def _synapse(projection):
    if projection["stdp"]:
        return "stdp_synapse_hom_hpc"
    return "static_synapse_hpc" if projection["weight_sd"] else "static_synapse_hom_w_hpc"


def _connect(name, pre, post, projection, task):
    weight = _weight(projection, task)
    spread = abs(weight) * projection["weight_sd"] / projection["weight"]
    shared, each = {}, {"synapse_model": name, "delay": projection["delay"]}
    if projection["stdp"]:
        rule = projection["stdp"]
        shared = {
            "tau_plus": rule["tau"],
            "lambda": rule["a_plus"] / rule["w_max"],
            "alpha": rule["a_minus"] / rule["a_plus"],
            "mu_plus": 0.0,
            "mu_minus": 0.0,
            "Wmax": rule["w_max"],
        }
        each["weight"] = weight
    elif spread:
        low, high = (0.0, float("inf")) if weight > 0 else (float("-inf"), 0.0)
        each["weight"] = nest.math.redraw(nest.random.normal(weight, spread), min=low, max=high)
    else:
        shared = {"weight": weight}
    if projection["delay_sd"]:
        drawn = nest.random.normal(projection["delay"], projection["delay_sd"])
        each["delay"] = nest.math.redraw(drawn, min=task["dt"] / 2, max=float("inf"))
    nest.CopyModel(_synapse(projection), name, shared)
    if projection["p"] is None:
        rule = {"rule": "fixed_total_number", "N": projection["total"]}
    else:
        rule = {"rule": "pairwise_bernoulli", "p": projection["p"]}
    nest.Connect(pre, post, rule, each)


def _poisson(task, populations):
    for population, neurons in zip(task["populations"], populations):
        given = population["poisson"]
        if given:
            source = nest.Create("poisson_generator", params={"rate": given["count"] * given["rate"]})
            weight = _weight({**given, "inhibitory": False}, task)
            delay = max(projection["delay"] for projection in task["projections"])
            nest.Connect(source, neurons, syn_spec={"weight": weight, "delay": delay})
