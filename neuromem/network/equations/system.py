"""A model's differential equations as the integration methods see them: rates, noise, and who is held."""

import ast
from dataclasses import dataclass

from neuromem.errors import DescriptionError
from neuromem.network.equations.linear import REST, NotLinearError, depends, number, parts
from neuromem.network.equations.names import local
from neuromem.network.equations.place import fail
from neuromem.network.equations.source import Writer
from neuromem.network.equations.symbols import NOISE, names


@dataclass(frozen=True)
class System:
    """Differential equations dx/dt = rate(x) + sum over xi of noise(x, xi) * xi.

    Attributes
    ----------
    owner : str
        Name of the model.
    rates : dict of str to ast.expr
        Variable -> its derivative without noise.
    noise : dict of str to dict of str to ast.expr
        Variable -> noise -> its coefficient.
    held : frozenset of str
        Variables whose derivative is zero while the neuron is refractory.
    pieces : Pieces
    """

    owner: str
    rates: dict
    noise: dict
    held: frozenset
    pieces: object

    @property
    def noises(self):
        """Names of all noises, in order."""
        return list(dict.fromkeys(xi for parts in self.noise.values() for xi in parts))

    @property
    def additive(self):
        """Whether no noise depends on a variable or on time."""
        moving = {*self.rates, "t", "t_in_timesteps"}
        return not any(depends(tree, moving, self.pieces) for parts in self.noise.values() for tree in parts.values())

    def rate(self, variable):
        """The whole derivative as the user wrote it, for errors."""
        return self.rates[variable]

    def refuse(self, problem):
        """A DescriptionError that names the model."""
        return DescriptionError(f"{self.owner}: {problem}")

    def stage(self, renamed=None, shift=0.0, suffix=""):
        """A `Writer` that reads the variables under other names, as in a later stage of a step."""
        return Writer(self.pieces, renamed, shift, suffix)

    def held_back(self, variable, moved, stayed):
        """Source of a stage's value of a variable: where it started if it is held by refractoriness."""
        return f"{moved} if waiting == 0 else {stayed}" if variable in self.held else moved

    def increments(self, writer):
        """Write the noise increments of the step, ``xi = sqrt(dt) * normal``."""
        for xi in self.noises:
            some = next(parts[xi] for parts in self.noise.values() if xi in parts)
            root = ast.parse("dt ** 0.5", mode="eval").body
            for node in ast.walk(root):
                node.place = some.place
            writer.assign(local(xi), f"{self.pieces.constant(root, 'root_dt')} * {self.pieces.normal()}")


def split_noise(tree, pieces):
    """(rate, {xi: coefficient}) of a derivative.

    Raises
    ------
    DescriptionError
        If noise enters other than as a factor of a term.
    """
    noises = noise_names(tree, pieces)
    if not noises:
        return tree, {}
    try:
        found = parts(tree, noises, pieces)
    except NotLinearError as error:
        raise fail(error.node, "noise can enter as a factor of a term only") from None
    return found.pop(REST, number(0, tree)), found


def noise_names(tree, pieces):
    """Names of the noises in an expression and its subexpressions, in order."""
    found = {}
    for name in names(tree):
        symbol = pieces.symbols.get(name)
        if symbol is not None and symbol.kind == NOISE:
            found[name] = None
        if name in pieces.definitions:
            found |= dict.fromkeys(noise_names(pieces.definitions[name], pieces))
    return list(found)


def finish(lines, variables):
    """Assign the new values, all of which were computed from the old ones."""
    return [*lines, *(f"{local(variable)} = new_{variable}" for variable in variables)]
