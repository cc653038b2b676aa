"""`Hopfield`: pairwise and dense P-body associative memories of Ising spins, by pattern overlaps."""

import math

import numpy as np
from scipy.special import logsumexp

from neuromem.errors import UsageError
from neuromem.kernels import bits, spins
from neuromem.kernels.philox import SPINS
from neuromem.models import interactions
from neuromem.models.checks import number, whole
from neuromem.models.pattern_list import PatternList, as_spins

RULES = ("hebb", "pseudoinverse")
DYNAMICS = ("async", "sync", "glauber")
_UNITS = 4096  # of which the columns are turned at a time
_APART = 8.0  # overlaps of more than so many sqrt(n) are added one by one


class Hopfield(PatternList):
    """E = -c sum_mu F(S_mu), S_mu = sum_i xi_i^mu s_i: Hebb's rule for P = 2, dense P-body memories for more.

    F and c: `neuromem.models.interactions`. No weight matrix or tensor is formed: a spin's field is a sum over
    patterns, and a flip changes their overlaps.

    Parameters
    ----------
    n : int
        Spins, at most 2^19.
    P : int
        Bodies, at least 2.
    capacity : int, optional
        Places for patterns; n if not given.
    interaction : "distinct", "monomial" or "exponential"
    rule : "hebb" or "pseudoinverse"
        The latter for P = 2: J = (1/n) sum xi^mu (C^-1)_mu,nu xi^nu without its diagonal, C the patterns' correlations.
    dynamics : "async", "sync" or "glauber"
        How a recall runs: spin after spin downhill; all at once, then spin after spin, which ends cycles of two; or at
        the temperature T for max_sweeps sweeps, then downhill.
    T : float
        Temperature of "glauber", in units of the theory.
    max_sweeps : int
        Sweeps before a recall is given up.
    reach : float
        A recall that turns more than this fraction of the spins has found something else, and recalls nothing.
    seed : int
        Of the random numbers of "glauber".
    F : float array (2n + 1,) or function of S, optional
        Any other F, with c = 1, in place of `interaction`.

    Raises
    ------
    UsageError

    References
    ----------
    Hopfield, PNAS 79:2554 (1982); Personnaz, Guyon and Dreyfus, J. Physique Lett. 46:L359 (1985); Gardner, J. Phys. A
    20:3453 (1987); Krotov and Hopfield, NIPS 29 (2016).
    """

    def __init__(
        self, n, P=2, capacity=None, *, interaction="distinct", rule="hebb", dynamics="async", T=0.0, max_sweeps=100,
        reach=1.0, seed=0, F=None,
    ):  # fmt: skip
        if isinstance(n, (int, np.integer)) and n > spins.LONGEST:
            raise UsageError(f"Hopfield.n: at most {spins.LONGEST} spins are possible, got {n}")
        super().__init__(n, capacity)
        self.P, self.max_sweeps = whole("Hopfield.P", P, 2), whole("Hopfield.max_sweeps", max_sweeps, 1)
        self.seed = whole("Hopfield.seed", seed, 0, 2**63 - 1)
        _one_of("interaction", interaction, interactions.INTERACTIONS)
        _one_of("rule", rule, RULES)
        _one_of("dynamics", dynamics, DYNAMICS)
        if rule == "pseudoinverse" and (P != 2 or interaction != "distinct" or F is not None):
            raise UsageError("Hopfield.rule: the pseudo-inverse is a pairwise rule, P = 2 with distinct spins")
        self.interaction, self.rule, self.dynamics = interaction, rule, dynamics
        self.reach = number("Hopfield.reach", reach, 0.0, 1.0, "a number from 0 to 1")
        self.F = None if F is None else _given(F, self.n)
        self.T = self._temperature("T", T)
        if self.T > 0 and dynamics != "glauber":
            raise UsageError('Hopfield.T: only dynamics="glauber" has a temperature')
        if F is None and (P > 2 or interaction == "exponential"):
            interactions.table(interaction, self.n, self.P)  # refuses what is no float64
        self._changed()

    def _parameters(self):
        names = ("n", "P", "capacity", "interaction", "rule", "dynamics", "T", "max_sweeps", "reach", "seed", "F")
        return {name: getattr(self, name) for name in names}

    def _changed(self):
        self._columns = self._folded = self._law = None

    def _temperature(self, name, T):
        if isinstance(T, (bool, str)) or not isinstance(T, (int, float, np.number)) or not 0 <= T < math.inf:
            raise UsageError(f"Hopfield.{name}: a finite number of at least 0 is expected, got {T!r}")
        if T > 0 and self.interaction == "exponential" and self.F is None:
            raise UsageError(f"Hopfield.{name}: the exponential interaction runs at T = 0")
        return float(T)

    # Statistical mechanics

    @property
    def unit(self):
        """The factor c of the energy."""
        return interactions.unit(self.interaction, self.n, self.P) if self.F is None else 1.0

    @property
    def pairwise(self):
        """Whether fields are linear in the overlaps."""
        return self.P == 2 and self.interaction != "exponential" and self.F is None

    def overlaps(self, states):
        """Return S_mu = sum_i xi_i s_i of states int8 (B, n) with all patterns in use: int32 (B, K), by bit counts."""
        states = np.asarray(states)
        out = np.empty((len(states), int(self._used.sum())), np.int64)
        bits.overlaps(self._rows if self._used.all() else self._rows[self._used], bits.packed(states > 0), self.n, out)
        return out.astype(np.int32)

    def energy(self, states):
        """Return E/n of states int8 (B, n), float64 (B,), in units of the theory.

        The exponential one is -ln(sum exp(S))/n, which orders states alike.
        """
        S = self.overlaps(states)
        if self.rule == "pseudoinverse":
            self._prepare()
            weights = np.einsum("km,bm->bk", self._inverse, S)
            return -((weights * S).sum(axis=1) - self._own_sum) / (2 * self.n**2)
        if self.interaction == "exponential" and self.F is None:
            return -logsumexp(S, axis=1) / self.n
        F = interactions.table(self.interaction, self.n, self.P) if self.F is None else self.F
        return -self.unit / self.n * F[S + self.n].sum(axis=1)

    def sweep(self, state, T=0.0, sweeps=1, replica=0, first=0):
        """Run Glauber dynamics, or downhill sweeps at T = 0, on a state int8 (n,), which is changed.

        sweeps : updates of every spin, in order; fewer at T = 0 when nothing moves any more
        replica, first : stream and number of the first sweep, for random numbers
        Returns the overlaps S_mu, int32 (K,), of the patterns in use.
        """
        T = self._temperature("sweep.T", T)
        self._prepare()
        overlap = self._overlap(state)
        self._run(state, overlap, T, sweeps, replica, first)
        return overlap.astype(np.int32)

    def follow(self, state, T, sweeps, pattern=0, replica=0, first=0):
        """Sweep as `sweep` does; return the overlap per spin with a pattern after each sweep, float64 (sweeps,).

        pattern : its place among the keys in use
        """
        T = self._temperature("follow.T", T)
        self._prepare()
        if not 0 <= pattern < self._columns.shape[1]:
            raise UsageError(f"Hopfield.follow.pattern: 0 to {self._columns.shape[1] - 1} are stored, not {pattern}")
        overlap, trace, words = self._overlap(state), np.empty(sweeps), np.empty(spins.WORDS, np.uint32)
        chance = np.array([self.seed, SPINS + replica, first], np.int64)
        spins.follow(self._columns, self._law, state, overlap, self._beta(T), chance, words, pattern, trace)
        return trace

    def _overlap(self, state):
        """Return the overlaps of one state in the numbers that sweeps are fastest with."""
        return self.overlaps(state[None])[0].astype(np.int16 if self.n <= spins.SHORT else np.int32)

    def _beta(self, T):
        return math.inf if T == 0 else (1 / self.n if self.pairwise else self.unit) / T

    def _run(self, state, overlap, T, sweeps, replica=0, first=0):
        """Sweep; returns (sweeps done, whether nothing moved in the last)."""
        beta, words = self._beta(T), np.empty(spins.WORDS, np.uint32)
        for k in range(first, first + sweeps):
            chance = np.array([self.seed, SPINS + replica, k], np.int64)
            if spins.sweep(self._columns, self._law, state, overlap, beta, chance, words) == 0 and T == 0:
                return k - first + 1, True
        return sweeps, False

    def fields(self, state):
        """Return the fields on all spins of a state int8 (n,), float64 (n,), in units of the theory.

        Pairwise Hebb counts bits: overlaps as bit planes against the bits of every unit, with exact whole numbers.
        """
        overlap = self.overlaps(state[None])[0]
        if self.pairwise and self.rule == "hebb":
            return self._pair_fields(state, overlap) / self.n
        self._prepare()
        out = np.empty(self.n)
        spins.fields(self._columns, self._law, state, overlap, out)
        return out * (1 / self.n if self.pairwise else self.unit)

    # Recall

    def _prepare(self):
        """Make the columns, int8 (n, K), and the law of the fields."""
        if self._columns is not None:
            return
        stored = as_spins(self.patterns)
        columns, none = np.ascontiguousarray(stored.T), np.zeros(0)
        dual, slope = np.zeros((0, 0)), none
        if self.rule == "pseudoinverse":
            self._inverse = np.linalg.pinv(stored.astype(float) @ columns / self.n, hermitian=True)
            dual = columns @ self._inverse
            self._own_sum = float((dual * columns).sum())
        elif not self.pairwise:
            slope = interactions.slope(self.interaction, self.n, self.P, self.F)
        relative = self.interaction == "exponential" and self.F is None
        self._law = spins.Law(float(columns.shape[1]), dual, slope, relative)
        self._columns = columns

    def _relax(self, states):
        done, steps = np.zeros(len(states), bool), np.zeros(len(states), np.int64)
        if not self._used.any():
            return states, done, steps
        for b, state in enumerate(states):
            before, start = 0, state.copy()
            if self.dynamics == "sync":
                before, done[b] = self._together(state)
            elif self.dynamics == "glauber" and self.T > 0:
                self.sweep(state, self.T, self.max_sweeps)
                before = self.max_sweeps
            if not done[b]:
                self._prepare()
                steps[b], done[b] = self._run(state, self._overlap(state), 0.0, self.max_sweeps)
            steps[b] += before
            done[b] &= np.count_nonzero(state != start) <= self.reach * self.n
        return states, done, steps

    def _together(self, state):
        """Flip all spins that gain by it at once; returns (updates, whether nothing gains) at rest or in a cycle."""
        before = None
        for update in range(1, self.max_sweeps + 1):
            gain = state * self.fields(state) < 0
            if not gain.any():
                return update, True
            state[gain] *= -1
            if before is not None and np.array_equal(gain, before):
                break
            before = gain
        return update, False

    def _pair_fields(self, state, overlap):
        """Return sum_mu xi_i S_mu - K s_i, int64 (n,), from bits alone.

        With S = low + 2v and xi = 2b - 1 the sum is 2 low sum b + 4 sum b v - sum S, and sum b v is a sum over the bits
        of v. The few overlaps far from the others are added one by one, which keeps v short.
        """
        if self._folded is None:
            self._folded = self._folded_columns()
        columns, ones, rows = self._folded, self._ones, self._rows[self._used]
        far = np.flatnonzero(np.abs(overlap) > _APART * math.sqrt(self.n))
        far = far if far.size <= 16 else far[:0]
        near = overlap.astype(np.int64)
        near[far] = 0 if self.n % 2 == 0 else 1
        low = near.min(initial=0 if self.n % 2 == 0 else 1)
        v = (near - low) // 2
        planes = np.array([(v >> p) & 1 for p in range(int(v.max(initial=0)).bit_length() or 1)], bool)
        weighted = np.empty(self.n, np.int64)
        bits.weighted_columns(columns, bits.packed(planes), weighted)
        total = 2 * low * ones + 4 * weighted - near.sum()
        for k in far:
            xi = bits.unpacked(rows[k : k + 1], self.n)[0].astype(np.int64) * 2 - 1
            total += xi * (overlap[k] - near[k])
        return total - len(overlap) * state.astype(np.int64)

    def _folded_columns(self):
        """Return the patterns' bits by unit, uint64 (n, words of K), a stretch of units at a time; and count them."""
        rows = self._rows[self._used]
        out = np.zeros((self.n, bits.words(len(rows))), np.uint64)
        self._ones = np.zeros(self.n, np.int64)
        for start in range(0, self.n, _UNITS):
            stretch = rows[:, start // bits.WORD : (start + _UNITS) // bits.WORD]
            turned = bits.unpacked(stretch, min(_UNITS, self.n - start)).T
            out[start : start + _UNITS] = bits.packed(turned)
            self._ones[start : start + _UNITS] = turned.sum(axis=1)
        return out


def _one_of(name, value, known):
    if value not in known:
        raise UsageError(f"Hopfield.{name}: one of {', '.join(known)} is expected, got {value!r}")


def _given(F, n):
    """Return F as a table over S = -n .. n."""
    values = np.asarray([F(S) for S in range(-n, n + 1)] if callable(F) else F)
    if values.shape != (2 * n + 1,) or values.dtype.kind not in "biuf" or not np.isfinite(values).all():
        raise UsageError(f"Hopfield.F: {2 * n + 1} finite numbers, of S = -n to n, are expected")
    return values.astype(float)
