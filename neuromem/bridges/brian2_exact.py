"""The exact integration of a model as a state updater of Brian2, whose own takes minutes for some equations.

Brian2 solves linear equations by symbols; the constants of a step are known here as numbers already.
"""

import numpy as np


class ExactStep:
    """What Brian2 takes as ``method``: x(t + dt) = P x(t) + F u + C, the engine's own constants in SI units.

    Attributes
    ----------
    constants : dict of str to float or array of shape (size,)
        Values of the names in the code.
    instead_of : str
        The method that it carries out.
    """

    instead_of = "exact"

    def __init__(self, model, parameters, dt):
        values = model.constants(parameters, dt, "brian2")
        self.constants = {}
        steps = [self._step(model, each, values) for each in model.analysis.pieces.propagators]
        held, lines = set() if model.text["refractory"] is False else set(model.held), []
        for v, moves in steps[0].items():
            stays = v if v in held else steps[1].get(v) if len(steps) > 1 else None
            if stays:
                moves = f"int(not_refractory)*({moves}) + (1 - int(not_refractory))*({stays})"
            lines.append(f"_new_{v} = {moves}")
        self.code = "\n".join([*lines, *(f"{v} = _new_{v}" for v in steps[0])])

    def _step(self, model, each, values):
        """Variable -> source of its new value; its constants are added."""
        from neuromem.network.equations import units

        symbols, found = model.analysis.symbols, {}
        for (_, v, column), name in each.names.items():
            size = units.to_si(1.0, symbols[v].dimension)
            term = name
            if column is not None:
                size, term = size / units.to_si(1.0, symbols[column].dimension), f"{name}*{column}"
            self.constants[name] = np.asarray(values[name]) * size
            found[v] = f"{found[v]} + {term}" if v in found else term
        return found

    def __call__(self, equations, variables=None, method_options=None):
        """The code of a step."""
        return self.code


def exact_step(model, parameters, dt):
    """The `ExactStep` of a model made of equations, or None if its step is more than a product with constants."""
    from neuromem.network.equations.syntax import DIFFERENTIAL

    analysis = getattr(model, "analysis", None)
    if analysis is None or model.method != "exact":
        return None
    changing = {e.name for e in analysis.equations.values() if e.kind == DIFFERENTIAL}
    main = analysis.pieces.propagators[0] if analysis.pieces.propagators else None
    if main is None or set(main.variables) != changing or set(main.drives) - set(analysis.symbols):
        return None
    return ExactStep(model, parameters, dt)
