"""From V to mu: the kernels against the twin's formulas, and against the theory."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiled import doors
from naive_sparsey import Twin
from networks import examples
from neuromem.errors import UsageError
from neuromem.models import CodeSelection
from neuromem.models.sparsey_mac import Mac, U
from neuromem.models.sparsey_rules import TRANSFERS
from neuromem.theory import sparsey as theory


def weights(V, G, selection, bend=None, frozen=(), filled=()):
    """mu of units with these V in a mac of one module."""
    mac = Mac(10, 1, len(V), selection=selection)
    mac._space.V[:] = V
    if bend is not None:
        mac._space.ratchet[0] = bend
    mac.paths[U].frozen[list(frozen)] = 1
    mac.paths[U].filled[list(filled)] = 3
    doors.fill_mu(G, mac.paths[U], mac._rule, mac._space)
    return mac._space.mu


@pytest.mark.twin
@examples(60)
@given(
    st.sampled_from(list(TRANSFERS)),
    st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.93, 1.0]) | st.floats(0, 1), min_size=1, max_size=40),
    st.floats(0, 1),
    st.sampled_from([None, (0.3, 9.0, 0.8, 3.0), (0.5, 20.0, 0.6, 2.5), (0.0, 1.0, 0.0, 0.5)]),
    st.floats(0.5, 0.9),
)
def test_mu_is_that_of_the_twin(transfer, V, G, constants, bend):
    selection = CodeSelection(transfer, constants=constants)
    twin = Twin(1, len(V), selection, [(10, False)])
    twin.bend = bend
    expected = [twin.mu(v, G) for v in V]
    np.testing.assert_allclose(weights(V, G, selection, bend), expected, rtol=1e-13, atol=0)


@pytest.mark.parametrize("transfer", list(theory.CONSTANTS))
def test_mu_is_that_of_the_theory(transfer):
    V = np.linspace(0, 1, 41)
    for G in (0.05, 0.3, 0.7, 1.0):
        expected = [theory.mu(v, G, 41, transfer) for v in V]
        np.testing.assert_allclose(weights(V, G, CodeSelection(transfer)), expected, rtol=1e-13, atol=0)


def test_a_transfer_as_steep_as_a_step_overflows_to_nothing_else():
    V = [0.0, 0.49, 0.51, 1.0]
    for transfer in ("2014", "alternate"):
        mu = weights(V, 1.0, CodeSelection(transfer, constants=(1.0, 1e6, 0.5, 8.0)))
        assert mu.tolist() == [1, 1, 401, 401]


def test_units_that_novel_inputs_are_not_given_to_have_a_weight_of_mu_less_one():
    V, closed = [0.0, 0.2, 0.9, 1.0], [0, 3]
    plain = weights(V, 0.8, CodeSelection())
    less = plain - [1, 0, 0, 1]
    for recruit, state in (("open", {"frozen": closed}), ("fresh", {"filled": closed})):
        assert weights(V, 0.8, CodeSelection(recruit=recruit), **state).tolist() == less.tolist()
        assert weights(V, 0.8, CodeSelection(), **state).tolist() == plain.tolist()


@pytest.mark.parametrize("transfer", ["2014", "alternate", "2010"])
def test_a_scale_below_zero_is_refused(transfer):
    with pytest.raises(UsageError, match=r"constants: a of at least 0 is expected"):
        CodeSelection(transfer, constants=(-0.1, 4.0, 1.0, 8.0))
