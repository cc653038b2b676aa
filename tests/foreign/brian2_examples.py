"""Twenty-five examples of Brian2 2.9.0's source distribution, and how each is shortened for the tests.

The list was fixed before the bridge was written. The files are fetched when the tests run (`brian2_source.py`) and are
never part of this project: here are only their names and the few words that are replaced in them. An example is run up
to its first `run`; see `brian2_harness.py`.

`replace` makes it smaller or lets something happen before its first `run`; each text has to occur, so that a new
version of Brian2 cannot quietly make a test empty. `quiet` are further replacements that take the noise out, so that
spikes can be the same one by one; `given` says that Poisson groups are replaced by the spikes that Brian2 drew.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """One example: its path under `examples/`, how long it runs (ms), what is replaced, and what it is there for."""

    path: str
    duration: float
    covers: str
    replace: tuple = ()
    quiet: tuple = ()
    given: bool = False
    noisy: bool = False  # what it draws while it runs is part of the model
    recurrent: bool = False  # rounding may make it part from Brian2's run, as the sums of a step are rounded
    spikes: bool = True  # False: nothing in it spikes but sources, and traces are compared

    @property
    def name(self):
        """The file's name without its ending."""
        return self.path.rsplit("/", 1)[-1].removesuffix(".py")


EXAMPLES = (
    Example(
        "CUBA.py",
        200.0,
        "exact integration, unless refractory, conditions on i, constants of the module",
        recurrent=True,
    ),
    Example(
        "COBAHH.py",
        30.0,
        "subgroups, subexpressions, exprel, names n and m, a threshold without reset",
        recurrent=True,
    ),
    Example(
        "frompapers/Stimberg_et_al_2018/example_1_COBA.py",
        100.0,
        "conductances, short-term plasticity by event-driven equations, a refractory period given by name",
        replace=(("import plot_utils as pu", ""),),
        recurrent=True,
    ),
    Example(
        "synapses/STDP.py",
        1000.0,
        "pair STDP by event-driven traces, clip, a PoissonGroup",
        given=True,
    ),
    Example(
        "frompapers/Brunel_Hakim_1999.py",
        100.0,
        "noise xi, delta synapses with a negative constant, one delay, PopulationRateMonitor",
        replace=(("N = 5000", "N = 1000"), ("C = 1000", "C = 200"), ("J = .1*mV", "J = .5*mV")),
        quiet=(("sigmaext = 1*mV", "sigmaext = 0*mV"), ("group.V = Vr", "group.V = 'Vr + rand()*(theta - Vr)'")),
        noisy=True,
        recurrent=True,
    ),
    Example(
        "frompapers/Vogels_et_al_2011.py",
        200.0,
        "inhibitory STDP, subgroups on both sides, units in the code of synapses",
        replace=(("NE = 8000", "NE = 800"), ("eta = 0 ", "eta = 1e-2 "), ("epsilon = 0.02", "epsilon = 0.1")),
        recurrent=True,
    ),
    Example(
        "frompapers/Diesmann_et_al_1999.py",
        100.0,
        "noise in a synaptic variable, SpikeGeneratorGroup, synapses from a generator expression",
        quiet=(("(39.24*mV/ms**0.5)*xi", "0*(39.24*mV/ms**0.5)*xi"),),
        noisy=True,
    ),
    Example(
        "frompapers/Tsodyks_Pawelzik_Markram_1998.py",
        300.0,
        "short-term depression by clock-driven equations, a summed variable, parameters per synapse",
        spikes=False,
    ),
    Example(
        "frompapers/Brette_Gerstner_2005.py",
        100.0,
        "AdEx, two statements in a reset",
        replace=(("neuron.vm = EL", "neuron.vm = EL; neuron.I = 1*nA"),),
    ),
    Example(
        "frompapers/Izhikevich_2003.py",
        300.0,
        "two pre pathways with delays of their own, run_regularly of subgroups, parameters per neuron in the reset",
        quiet=(("5*randn()", "5*sin(0.9*i + 0.05*t/ms)"), ("2*randn()", "2*cos(0.7*i + 0.03*t/ms)")),
        noisy=True,
        recurrent=True,
    ),
    Example("frompapers/Wang_Buszaki_1996.py", 20.0, "exponential Euler, a time step of 0.01 ms", spikes=False),
    Example("IF_curve_LIF.py", 500.0, "a parameter per neuron set by an expression"),
    Example("IF_curve_Hodgkin_Huxley.py", 100.0, "a refractory condition instead of a period"),
    Example("adaptive_threshold.py", 2000.0, "a threshold that is a state variable, a PoissonGroup", given=True),
    Example("phase_locking.py", 500.0, "time in the equations"),
    Example(
        "non_reliability.py",
        500.0,
        "noise with unless refractory",
        quiet=(
            ("sigma = .015", "sigma = 0"),
            ("spikes = SpikeMonitor", "neurons.x = 'i/(N + 1.0)'; spikes = SpikeMonitor"),
        ),
        noisy=True,
    ),
    Example(
        "frompapers/Rossant_et_al_2011bis.py",
        1000.0,
        "PoissonInput of many and of one source into subgroups",
        noisy=True,
    ),
    Example(
        "frompapers/Sturzl_et_al_2000.py",
        300.0,
        "a TimedArray read at t - d, alpha currents, synapses one to one and by a condition",
        quiet=(("sigma = .01", "sigma = 0"),),
        noisy=True,
    ),
    Example(
        "synapses/jeffress.py",
        200.0,
        "a delay per synapse, a TimedArray, a StateMonitor of a subexpression",
        quiet=(("sigma_ear = .1", "sigma_ear = 0"), ("sigma = .1", "sigma = 0")),
        noisy=True,
    ),
    Example("synapses/synapses.py", 20.0, "an event-driven weight that decays, a random delay per synapse"),
    Example("synapses/gapjunctions.py", 500.0, "a summed variable of pre and post potentials"),
    Example(
        "synapses/spike_based_homeostasis.py",
        2000.0,
        "a namespace of the group, Poisson rates from a TimedArray, on_post, a probe of synapses",
        given=True,
    ),
    Example(
        "frompapers/Brunel_2000.py",
        200.0,
        "PoissonInput into a network, negative weights by an expression",
        replace=(("N_E = 10000", "N_E = 1000"), ("J = 0.1 * mV", "J = 0.2 * mV")),
        noisy=True,
        recurrent=True,
    ),
    Example("frompapers/Hindmarsh_Rose_1984.py", 300.0, "the Runge-Kutta method, powers", spikes=False),
    Example("synapses/nonlinear.py", 300.0, "NMDA synapses: clock-driven equations that multiply, and their sum"),
)
