"""Working memory by astrocytes: twin, calcium, what is remembered and for how long, bad input, the experiment."""

import numpy as np
import pytest
from numba import config
from scipy.integrate import solve_ivp

from compiled import doors
from naive_glial import Twin, rates
from neuromem.errors import NeuromemError, UsageError
from neuromem.experiments import astrocyte_working_memory as experiment
from neuromem.experiments import runner
from neuromem.models import GlialNetwork, GlialParameters, GlialWorkingMemory
from neuromem.models.glial import similarity
from neuromem.models.glial_network import REST

# Everything happens within some ms: glutamate counts at once, calcium is always high enough, noise comes often.
HASTY = GlialParameters(synapses=4, reach=1.5, level=0.03, crowd=2, driven=1.5, calcium=0.07, together=2, window=0.5,
                        watch=0.3, effect=2.0, calcium_flux=50.0, ip3_flux=80.0, pulse=0.7, pause=3.0)  # fmt: skip


@pytest.mark.twin
@pytest.mark.parametrize(("seed", "size"), [(0, (1, 1)), (2**32 + 5, (2, 1)), (7, (2, 3))])
def test_steps_are_those_of_the_twin(seed, size):
    network = GlialNetwork(*size, parameters=HASTY, seed=seed)
    begins = network._cells.begins.tolist()
    twin = Twin(HASTY, seed, network.shape, network._targets.tolist(), begins)
    rng = np.random.default_rng(seed)
    active = 0
    for _ in range(3):
        applied = rng.uniform(0, 40, network.shape) * (rng.random(network.shape) < 0.7)
        got = network.run(4.0, applied)
        assert got.ravel().tolist() == list(twin.run(40, applied.ravel()).values())
        assert network.potential.ravel() == pytest.approx(list(twin.v.values()), rel=1e-9)
        want = np.array([twin.x[z] for z in twin.zones]).T.reshape(3, *size)
        assert network.astrocytes == pytest.approx(want, rel=1e-10)
        strong = [network.step < twin.effect[z] for z in twin.zones]
        assert network.strengthened.ravel().tolist() == strong
        active += sum(strong)
    assert network.step == twin.step == 120
    if size == (2, 3):
        assert active, "astrocytes took part"


def test_wiring_reaches_different_neurons_nearby():
    network = GlialNetwork(8, 8, seed=3)
    targets = network._targets
    assert targets.shape == (625, 40)
    own = np.arange(625)[:, None]
    assert not (targets == own).any()
    assert all(np.unique(row).size == 40 for row in targets)
    inner = np.abs(np.arange(25) - 12) < 4
    inner = (inner[:, None] & inner).ravel()
    away = np.hypot(targets // 25 - own // 25, targets % 25 - own % 25)[inner]
    assert 3 < away.mean() < 7
    assert np.array_equal(GlialNetwork(8, 8, seed=3)._targets, targets)
    assert not np.array_equal(GlialNetwork(8, 8, seed=4)._targets, targets)


@pytest.mark.skipif(config.DISABLE_JIT, reason="many steps")
def test_astrocytes_alone_solve_their_equations():
    network = GlialNetwork(1, 1, GlialParameters(noise=0.0))
    network.run(2000.0)
    want = solve_ivp(lambda t, x: rates(*x, 0.0, 0.0), (0, 2), REST, method="LSODA", rtol=1e-11, atol=1e-13).y[:, -1]
    assert network.astrocytes.ravel() == pytest.approx(want, rel=1e-8)


@pytest.mark.skipif(config.DISABLE_JIT, reason="many steps")
def test_runs_may_be_cut_anywhere():
    applied = np.random.default_rng(0).uniform(0, 20, (10, 13))
    one, two = (GlialNetwork(3, 4, seed=5) for _ in range(2))
    whole = one.run(300, applied)
    assert whole.sum() > 100
    assert np.array_equal(whole, sum(two.run(piece, applied) for piece in (0.0, 0.1, 99.9, 200.0)))
    assert np.array_equal(one.potential, two.potential)
    assert np.array_equal(one.astrocytes, two.astrocytes)


@pytest.mark.skipif(config.DISABLE_JIT, reason="many steps")
def test_memory_fades_with_time_and_is_refreshed():
    pattern = np.zeros(25, bool)
    pattern[[0, 1, 2, 5, 6, 7]] = True
    memory = GlialWorkingMemory(25, 2, patch=3, parameters=GlialParameters(calcium_flux=0.0, ip3_flux=0.0, reach=2.0))
    memory.wait(1000)
    assert not memory.weights()["calcium"].values.any(), "nothing is stored, nothing to fade"
    before = memory.respond(pattern)
    memory.store(pattern)
    fresh = memory.weights()["calcium"].values.max()
    assert memory.respond(pattern)[pattern].mean() > 1.5 * before[pattern].mean()
    assert memory.recall(pattern).keys.tolist() == [0]
    memory.wait(15_000)
    assert memory.weights()["calcium"].values.max() < 0.1 * fresh
    assert memory.keys.tolist() == [0]
    assert memory.recall(pattern).keys.size == 0
    memory.store(pattern, keys=0)
    assert memory.recall(pattern).keys.tolist() == [0]


def test_similarity_is_balanced():
    pattern = np.array([1, 1, 0, 0, 0, 0], bool)
    assert similarity(pattern, pattern) == 1.0
    assert similarity(~pattern, pattern) == 0.0
    assert similarity(np.array([1, 0, 1, 0, 0, 0], bool), pattern) == 0.5 * (0.5 + 0.75)
    assert similarity(np.zeros(6, bool), pattern) == similarity(np.ones(6, bool), np.ones(6, bool)) - 0.25 == 0.5


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: GlialWorkingMemory(0), "n"),
        (lambda: GlialWorkingMemory(9, 0), "capacity"),
        (lambda: GlialWorkingMemory(9, shape=(2, 4)), "too small"),
        (lambda: GlialWorkingMemory(9, shape=3), "shape"),
        (lambda: GlialWorkingMemory(9, shape=(3.0, 3)), "shape"),
        (lambda: GlialWorkingMemory(9, patch=0), "patch"),
        (lambda: GlialWorkingMemory(9, threshold=-1), "threshold"),
        (lambda: GlialWorkingMemory(9, threshold=float("nan")), "threshold"),
        (lambda: GlialWorkingMemory(9, similarity=0.4), "similarity"),
        (lambda: GlialWorkingMemory(9, parameters={"dt": 1}), "parameters"),
        (lambda: GlialWorkingMemory(9, seed=-1), "seed"),
        (lambda: GlialParameters(dt=0), "dt"),
        (lambda: GlialParameters(synapses=1.5), "synapses"),
        (lambda: GlialParameters(effect=-1), "effect"),
        (lambda: GlialParameters(c=float("inf")), "c"),
        (lambda: GlialNetwork(0), "rows"),
        (lambda: GlialWorkingMemory(9).wait(-1), "wait"),
        (lambda: GlialWorkingMemory(9).wait("long"), "wait"),
    ],
)
def test_bad_arguments_are_named(make, said):
    with pytest.raises(UsageError, match=said) as error:
        make()
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("applied", [np.zeros((4, 3)), np.full((4, 4), np.nan), np.zeros(15), [["x"] * 4] * 4])
def test_bad_currents_change_nothing(applied):
    network = GlialNetwork(1, 1)
    network.run(1.0, np.full((4, 4), 20.0))
    v, step = network.potential, network.step
    with pytest.raises(NeuromemError, match="current"):
        network.run(1.0, applied)
    with pytest.raises(UsageError, match="concentrations"):
        network.begin(np.full((3, 1, 1), -1.0))
    with pytest.raises(UsageError, match="duration"):
        network.run(-1.0)
    assert (network.step, network.potential.tolist()) == (step, v.tolist())


@pytest.mark.skipif(config.DISABLE_JIT, reason="many steps")
def test_digits_are_recalled_by_a_small_network():
    result = runner.run("astrocyte-working-memory", quick=True)
    assert len(result["similarity_per_digit"]) == 4
    assert result["similarity"] == pytest.approx(np.mean(result["similarity_per_digit"]))
    assert result["similarity"] > 0.82 > result["similarity_of_cues"]
    assert 0.5 < result["similarity_at_18_spikes"] <= result["similarity"]
    assert result["correlation"] > 0.5
    assert result["seconds"] > 0


def test_without_astrocytes_an_image_is_no_better_than_its_cue():
    """Bookkeeping: what a run would count if every neuron of the cue spiked alike."""
    rng = np.random.default_rng(0)
    images = {digit: experiment.drawn(digit, 79, 0.75) for digit in experiment.ASKED}
    cues = {digit: 14 * experiment.flipped(image, 0.2, rng) for digit, image in images.items()}
    found = experiment.scores(images, cues)
    assert found["curves"][:13].min() == pytest.approx(0.8, abs=0.02)
    assert (found["curves"][13:] == 0.5).all()
    assert found["fixed"].tolist() == [0.5] * 4
    assert 0.1 < images[0].mean() < 0.2
    assert len({image.tobytes() for image in images.values()}) == len(images)


@pytest.mark.parametrize("settings", [{"seeds": 0}, {"astrocytes": 5}, {"gain": -1}, {"height": 0}, {"seed": -1}])
def test_bad_parameters_of_the_experiment_are_named(settings):
    with pytest.raises(UsageError, match=next(iter(settings))):
        runner.run("astrocyte-working-memory", settings)


def test_calcium_is_integrated_to_fourth_order():
    """Half the step leaves a sixteenth of the error, in each of the three."""
    begin, fluxes = (0.3, 0.7, 0.5), (0.01, 0.02)
    exact, *ends = (np.array(doors.calcium_steps(begin, fluxes, 2.0 / n, n)) for n in (4096, 16, 32))
    rough, fine = (np.abs(end - exact) for end in ends)
    assert np.log2(rough / fine) == pytest.approx([4, 4, 4], abs=0.4)
