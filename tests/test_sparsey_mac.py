"""A macrocolumn against its plain twin; its choices between several hypotheses and pathways."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from naive_sparsey import Twin
from networks import examples
from neuromem.kernels.bits import words
from neuromem.models import CodeSelection
from neuromem.models.sparsey_mac import D, H, Mac, U, code_bits
from neuromem.patterns import random_patterns
from sparsey_cases import FADING, signals, sorted_bits


@pytest.mark.twin
@examples(20)
@given(
    st.integers(0, 2**40),
    st.sampled_from(["2014", "alternate", "2010", "ratchet"]),
    st.sampled_from([(1, 1), (3, 2), (2, 7), (5, 16)]),
    st.sampled_from([1, 7, 70]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["any", "open", "fresh"]),
)
def test_frames_are_those_of_the_twin(seed, transfer, size, inputs, nominal, fading, recruit):
    rng = np.random.default_rng(seed)
    cms, units = size
    normaliser = {"normaliser": "nominal" if nominal else "active", "nominal": 3}
    selection = CodeSelection(transfer, exponents=(2.0, 1.0, 0.5), rival=0.6, recruit=recruit, **normaliser)
    permanence, stages = (FADING, (FADING.ages, FADING.values, FADING.wait)) if fading else (None, None)
    shared = {"saturation": 0.6, "seed": seed, "number": 3}
    mac = Mac(inputs, cms, units, above=5, recurrent=True, selection=selection, permanence=permanence, **shared)
    pathways = [(inputs, False), (cms * units, True), (5, False)]
    twin = Twin(cms, units, selection, pathways, stages=stages, **shared)
    seen = rng.random((4, inputs)) < 0.4
    before = np.full((1, cms), -1)
    for k in range(12):
        u = seen[rng.integers(4)][None]
        d = rng.random((1, 5)) < (0.5 if k % 3 else 0.0)
        h = code_bits(before, units)
        given_ = signals(u, selection.norm(u.sum())), mac.silent(H)._replace(x=h), signals(d)
        given_[1].norm[:] = cms if k % 4 else 0
        if before[0, 0] < 0:
            given_[1].norm[:] = 0
        if max(s.norm[0] for s in given_) == 0:
            continue
        active = [np.flatnonzero(u[0]).tolist(), sorted_bits(h), np.flatnonzero(d[0]).tolist()]
        norms = [float(s.norm[0]) for s in given_]
        plain = [s.x[0].tolist() for s in given_]
        for drawn in (False, True):
            learning = drawn and k % 5 != 4
            expected = twin.present(active, norms, drawn, learning, plain)
            found = mac._present(*given_, drawn, learning)
            assert found.winner[0].tolist() == expected[0]
            assert found.G[0] == pytest.approx(expected[1], rel=1e-13)
            assert found.rivals[0] == expected[2]
        before = found.winner
        if k % 5 == 4:  # a code that persists
            mac.associate(given_[0], before)
            twin.learn(active, [norms[0], 0, 0], before[0].tolist())
        else:
            mac.now += 1
        twin.now += 1
    for which in (U, H, D):
        path = mac.paths[which]
        assert np.flatnonzero(path.frozen).tolist() == sorted(twin.frozen[which])
        learned = {(i, j) for j, i in twin.synapses[which]}
        bits = mac.set_bits(which)
        assert all(np.array_equal(mac.set_bits(which, j), bits[:, j:]) for j in (1, 64, 65) if j < bits.shape[1])
        if permanence is None:
            assert {(i, j) for i, j in np.argwhere(bits).tolist()} == learned
        else:
            assert {(i, j) for i, j in learned if twin.weight(which, j, i) > 0} == {tuple(x) for x in np.argwhere(bits)}
            stiff = {key: s for key, (_, s) in twin.synapses[which].items()}
            assert {(j, i): path.stiffness[j, i] for j, i in stiff} == stiff


def test_words_hold_the_winners():
    winner = np.array([[0, 2, 1], [-1, -1, -1]])
    assert sorted_bits(code_bits(winner, 50)) == [0, 52, 101]
    assert code_bits(winner, 50).shape == (2, words(150))
    assert not code_bits(winner, 50)[1].any()


def test_competing_hypotheses_are_amplified_or_discounted():
    rivals = [0.2, 1.2, 2.4, 3.6]
    assert CodeSelection(most_competing=3).strength(rivals).tolist() == [1, 1, 2, 0]
    assert CodeSelection(competing="discount").strength(rivals).tolist() == [1, 1, 0.5, 0.25]
    assert CodeSelection(competing="none").strength(rivals).tolist() == [1, 1, 1, 1]


def test_back_off_finds_a_known_input_in_an_unknown_context():
    """All three pathways disagree with what was learned but for U; with back-off U alone is enough."""
    rng = np.random.default_rng(4)
    u, wrong = random_patterns(2, 64, 10, rng)
    code = np.zeros((1, 8), int)
    for thresholds, familiar in ((None, 0.0), ((0.9, 0.9), 1.0)):
        mac = Mac(64, 8, 10, recurrent=True, selection=CodeSelection(back_off=thresholds), seed=2)
        h = mac.silent(H)._replace(x=code_bits(code, 10), norm=np.full(1, 7.0))
        learned = mac.learn(signals(u[None]), h)
        strange = h._replace(x=code_bits(code + 5, 10))
        found = mac.recognise(signals(u[None]), strange)
        assert found.G[0] == familiar
        assert mac.recognise(signals(wrong[None]), strange).G[0] < 0.7
        assert thresholds is None or np.array_equal(found.winner, learned.winner)
