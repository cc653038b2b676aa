"""Built-in neurons that are defined by their equations, with PyNN's names, parameters and defaults where it has them.

Potentials are in mV, currents in nA, conductances in uS, times in ms. Weights are magnitudes; the receptor
"inhibitory" gives the sign.
"""

from neuromem.network.cells.conductance import IF_cond_beta, IF_cond_exp, IF_cond_exp_nmda
from neuromem.network.cells.current import IF_curr_alpha
from neuromem.network.cells.spiking import EIF_cond_exp_isfa_ista, HH_cond_exp, Izhikevich

CELLS = {
    cell.name: cell
    for cell in (
        EIF_cond_exp_isfa_ista,
        HH_cond_exp,
        IF_cond_beta,
        IF_cond_exp,
        IF_cond_exp_nmda,
        IF_curr_alpha,
        Izhikevich,
    )
}

__all__ = ["CELLS", *sorted(CELLS)]
