"""The similarity law: a drawn code shares a binomial number of modules with the one stored item."""

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from neuromem.models import CodeSelection
from neuromem.models.sparsey_mac import Mac
from neuromem.theory import sparsey as theory
from sparsey_cases import signals


@pytest.mark.parametrize("transfer", ["2014", "alternate", "2010"])
def test_the_draw_shares_a_binomial_number_of_modules_with_the_one_stored_item(transfer):
    """Chi-square over 300 seeds at every overlap; p of 1 in 10,000 is allowed, as there are 39."""
    cms, units, active, seeds = 24, 8, 12, 300
    selection, law = CodeSelection(transfer=transfer), {}
    stored = np.arange(144) < active
    tests = np.array([(np.arange(144) >= active - k) & (np.arange(144) < 2 * active - k) for k in range(active + 1)])
    shared = np.zeros((seeds, active + 1), int)
    for seed in range(seeds):
        mac = Mac(144, cms, units, selection=selection, seed=seed)
        code = mac.learn(signals(stored[None])).winner
        for k in range(active + 1):
            shared[seed, k] = (mac.draw(signals(tests[k][None])).winner == code).sum()
    for k in range(active + 1):
        law[k] = theory.reuse(k / active, units, transfer=transfer)
        expected = seeds * binom.pmf(np.arange(cms + 1), cms, law[k])
        counts = np.bincount(shared[:, k], minlength=cms + 1)
        assert chisquare(*pooled(counts, expected)).pvalue > 1e-4, k
    assert law[0] == pytest.approx(1 / units)
    assert list(law.values()) == sorted(law.values())
    assert law[active] > 0.95


def pooled(counts, expected, least=5.0):
    """Neighbouring cells merged until each expects enough."""
    cells, total = [], np.zeros(2)
    for pair in zip(counts, expected):
        total = total + pair
        if total[1] >= least:
            cells.append(total)
            total = np.zeros(2)
    if cells:
        cells[-1] = cells[-1] + total
    observed, wanted = np.array(cells or [total]).T
    return observed, wanted * observed.sum() / wanted.sum()


def test_the_law_sees_a_wrong_transfer():
    """The test above can fail: codes of one transfer do not follow the law of another."""
    stored, near = np.arange(144) < 12, (np.arange(144) >= 4) & (np.arange(144) < 16)
    shared = []
    for seed in range(200):
        mac = Mac(144, 24, 8, selection=CodeSelection(transfer="alternate"), seed=seed)
        code = mac.learn(signals(stored[None])).winner
        shared.append((mac.draw(signals(near[None])).winner == code).sum())
    expected = 200 * binom.pmf(np.arange(25), 24, theory.reuse(8 / 12, 8, transfer="2014"))
    assert chisquare(*pooled(np.bincount(shared, minlength=25), expected)).pvalue < 1e-6
