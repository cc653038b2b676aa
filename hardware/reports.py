"""What a target says of a network: whether it fits, and what was lost. Data first; text and JSON are made of it."""

from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Use:
    """How much of one limited resource a network takes, at its fullest place."""

    resource: str
    used: int
    limit: int
    where: str = ""
    """The core, population or projection where it is fullest."""

    @property
    def fits(self):
        """True if the limit is kept."""
        return self.used <= self.limit


@dataclass(frozen=True)
class FitReport:
    """Whether a network fits a chip.

    Attributes
    ----------
    target : str
    uses : tuple of Use
    refused : tuple of str
        Every feature that the chip does not have, each naming its object: all of them, not the first.
    notes : tuple of str
        What is estimated, and how.
    """

    target: str
    uses: tuple = ()
    refused: tuple = ()
    notes: tuple = ()

    @property
    def fits(self):
        """True if nothing is refused and every limit is kept."""
        return not self.refused and all(use.fits for use in self.uses)

    def summary(self):
        """One sentence."""
        wrong = list(self.refused)
        wrong += [
            f"{use.resource}: {use.used:,} where {use.limit:,} is the limit{use.where and f' ({use.where})'}"
            for use in self.uses
            if not use.fits
        ]
        return "; ".join(wrong) if wrong else "fits"

    def to_dict(self):
        """The report as JSON holds it."""
        return {"fits": self.fits} | asdict(self)


@dataclass(frozen=True)
class ProjectionLoss:
    """What became of one projection's weights and delays.

    Attributes
    ----------
    quantum : float
        Smallest weight difference that the chip can hold here, in the network's unit (nA or mV).
    max_error, rms_error : float
        Of the weights, in the same unit.
    synapses, zeroed, saturated : int
        All, those whose weight became 0 without being 0, and those cut at the largest weight.
    delays_clipped, delays_rounded : int
        Synapses whose delay changed.
    overflow_bound : float
        What all synapses of the receptor make together in one step, over what the chip holds; above 1 it may overflow.
    coarsened_by : str
        Projection that forces this one's quantum, or "".
    """

    projection: str
    unit: str
    quantum: float
    max_error: float
    rms_error: float
    synapses: int
    zeroed: int = 0
    saturated: int = 0
    delays_clipped: int = 0
    delays_rounded: int = 0
    overflow_bound: float = 0.0
    coarsened_by: str = ""


@dataclass(frozen=True)
class ParameterLoss:
    """A neuron parameter as asked and as the chip realises it, for the worst neuron of a population."""

    population: str
    parameter: str
    unit: str
    asked: float
    realised: float


@dataclass(frozen=True)
class LossReport:
    """What a network loses on a chip.

    Attributes
    ----------
    target : str
    projections : tuple of ProjectionLoss
    parameters : tuple of ParameterLoss
    scale : dict of str to float
        Factors that were chosen, by what they scale.
    spike_agreement : float or None
        Share of spikes (population, neuron, step) that engine and chip have in common: 2 * both / (engine + chip);
        None until both have run.
    compared_ms : float
        Model time of that comparison.
    answers : (int, int) or None
        Of a memory: fragments to which engine and chip gave the same answer, whenever it came, and all that were shown.
    notes : tuple of str
    """

    target: str
    projections: tuple = ()
    parameters: tuple = ()
    scale: dict = field(default_factory=dict)
    spike_agreement: float | None = None
    compared_ms: float = 0.0
    answers: tuple | None = None
    notes: tuple = ()

    def to_dict(self):
        """The report as JSON holds it."""
        return asdict(self)


@dataclass(frozen=True)
class Export:
    """What `Target.export` wrote."""

    path: Path
    fit: FitReport
    loss: LossReport
    explanation: str = ""
