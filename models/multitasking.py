"""`MultitaskingHopfield`: patterns with blanks, several of which one state retrieves at once."""

import numpy as np

from neuromem.errors import PatternError
from neuromem.models.graded import GradedHopfield


class MultitaskingHopfield(GradedHopfield):
    """A Hopfield network of diluted patterns: entries are -1, 1, or 0 where a pattern is blank.

    E = -c sum_mu e_P(xi s), c = (P-1)!/n^(P-1). What one pattern leaves blank others can use: with K patterns and
    blanks with probability d, the state of least energy has the overlaps m_k = (1 - d) d^(k-1) (hierarchical, small d)
    or nearly equal ones (parallel), see `neuromem.theory.multitasking`.

    Parameters
    ----------
    n : int
        Spins.
    P : int
        Bodies, 2, 3 or 4.
    capacity : int, optional
        Places for patterns; n if not given.
    max_sweeps : int
        Sweeps before a recall is given up.
    reach : float
        A recall that turns more than this fraction of the spins has found something else, and recalls nothing.
    seed : int
        Of Glauber dynamics.

    Raises
    ------
    UsageError

    References
    ----------
    Agliari et al., PRL 109:268101 (2012).
    """

    def __init__(self, n, P=2, capacity=None, *, max_sweeps=100, reach=1.0, seed=0):
        super().__init__(n, P, capacity, 1, 1, max_sweeps, reach, seed)

    def _parameters(self):
        return {name: getattr(self, name) for name in ("n", "P", "capacity", "max_sweeps", "reach", "seed")}

    def store(self, patterns, keys=None, relevant=None):
        """Store patterns, bool (B, n); `relevant`, of the same shape, is False where a pattern is blank.

        Returns the keys. Raises PatternError and CapacityError; nothing is stored then.
        """
        patterns = self._stored_patterns(patterns)
        entries = np.where(patterns, 1, -1).astype(np.int16)
        if relevant is not None:
            relevant = np.atleast_2d(np.asarray(relevant))
            if relevant.dtype != bool or relevant.shape != entries.shape:
                raise PatternError(f"relevant: bool of shape {entries.shape} is expected, got {relevant.shape}")
            entries *= relevant
        return self._put(self._new_keys(len(patterns), keys), entries[:, None])
