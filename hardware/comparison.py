"""The same network in the float engine and in a chip's emulator, for the same time, from the same spikes."""

from dataclasses import dataclass, replace

from neuromem.engine import Result, simulate
from neuromem.hardware.agreement import Agreement, agreement, neurons


@dataclass(frozen=True, eq=False)
class Emulated(Result):
    """A Result of an emulator; `faults` are the registers that ran over, of which `str` is a sentence each."""

    faults: tuple = ()


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two runs of a network over `duration` ms, and what they share."""

    engine: Result
    chip: Emulated
    agreement: Agreement
    duration: float


def compare(target, held, duration):
    """Run what `Target.quantize` returned on both; probes are left out. Returns a Comparison."""
    bare = held.network.copy()
    bare.probes = []
    engine = simulate(bare, duration, seed=held.seed)
    chip = target.emulate(replace(held, network=bare), duration)
    return Comparison(engine, chip, agreement(engine, chip, neurons(bare)), float(duration))


def with_agreement(loss, comparison, more=(), shown=None):
    """A LossReport with the number, in its notes what happened on the way, and how many answers are the same.

    Parameters
    ----------
    more : sequence of str
        More notes.
    shown : Presented, optional
        What a memory was asked.
    """
    compared = comparison.agreement
    notes = [*loss.notes, *more, *(f"while emulated: {fault}" for fault in comparison.chip.faults)]
    if compared.engine + compared.chip == 0:
        notes.append("neither engine nor chip spiked: give the sources spikes to compare")
    if compared.first is not None:
        notes.append(f"first difference: {compared.first}")
    answers = _answers(comparison, shown) if shown is not None and shown.shown else None
    number = {"spike_agreement": compared.share, "compared_ms": comparison.duration, "answers": answers}
    return replace(loss, **number, notes=tuple(notes))


def _answers(comparison, shown):
    """(same, asked): fragments to which engine and chip gave the same answer, and all."""
    pairs = zip(*(shown.answers(run) for run in (comparison.engine, comparison.chip)), strict=True)
    return sum(ours == theirs for ours, theirs in pairs), len(shown.shown)
