"""A task as a network of ours."""

import numpy as np

from neuromem.network import (
    FixedProbability,
    FixedTotalNumber,
    IF_curr_delta,
    IF_curr_exp,
    Network,
    Normal,
    SpikePairSTDP,
)


def build(task, seed=0):
    """Return the Network; `seed` draws the initial potentials, connectivity is drawn from the simulation's seed."""
    rng = np.random.default_rng(seed)
    net = Network(dt=task["dt"], order="pynn")
    values = {key: value for key, value in task["neuron"].items() if value is not None}
    model = IF_curr_delta
    if task["model"] == "curr_exp":
        model = IF_curr_exp
        values["tau_syn_E"], values["tau_syn_I"] = values.pop("tau_syn_e"), values.pop("tau_syn_i")
    for population in task["populations"]:
        kind, a, b = population["v0"]
        initial = {"v": getattr(rng, kind)(a, b, population["size"])}
        net.population(population["name"], population["size"], model(i_offset=population["offset"], **values), initial)
        poisson = population["poisson"]
        if poisson is not None:
            net.poisson(population["name"], rate=poisson["count"] * poisson["rate"], weight=poisson["weight"])
    names = [population["name"] for population in task["populations"]]
    for projection in task["projections"]:
        for post in names if projection["post"] is None else [names[projection["post"]]]:
            _project(net, names[projection["pre"]], post, projection)
    return net


def _project(net, pre, post, projection):
    if projection["p"] is None:
        connector = FixedTotalNumber(projection["total"])
    else:
        connector = FixedProbability(projection["p"])
    rule = projection["stdp"]
    if rule is not None:
        steps = {key: rule[key] for key in ("w_max", "a_plus", "a_minus")}
        rule = SpikePairSTDP(tau_plus=rule["tau"], tau_minus=rule["tau"], update="immediate", **steps)
    net.project(
        pre,
        post,
        connector,
        weight=_drawn(projection["weight"], projection["weight_sd"]),
        delay=_drawn(projection["delay"], projection["delay_sd"]),
        receptor="inhibitory" if projection["inhibitory"] else "excitatory",
        plasticity=rule,
    )


def _drawn(mean, sd):
    return Normal(mean, sd) if sd else mean
