"""Tripartite synapses: astrocytes that hear what synapses release, and change by what they release how much that is.

The G-ChI astrocyte (receptors, calcium, IP3, IP3 receptors) releases gliotransmitter when its calcium crosses a
threshold; that binds to presynaptic receptors, and moves the release probability of the synapses under the astrocyte.
Populations are neurons that have the variables of `COVER`, and astrocytes; `cover` connects them. All of it runs in the
order of operations "brian2".
"""

import numpy as np

from neuromem.errors import DescriptionError
from neuromem.network.connectors import FromArrays
from neuromem.network.equations.neuron import NeuronModel
from neuromem.network.equations.synapse import SynapseModel

_ASTROCYTE = {
    **{"O_P": "0.9*umolar/second", "K_P": "0.05*umolar", "C_T": "2*umolar", "rho_A": 0.18, "Omega_C": "6/second"},
    **{"Omega_L": "0.1/second", "d_1": "0.13*umolar", "d_2": "1.05*umolar", "O_2": "0.2/(umolar*second)"},
    **{"d_3": "0.9434*umolar", "d_5": "0.08*umolar", "O_delta": "0.6*umolar/second", "kappa_delta": "1.5*umolar"},
    **{"K_delta": "0.1*umolar", "Omega_5P": "0.05/second", "K_D": "0.7*umolar", "K_3K": "1*umolar"},
    **{"O_3K": "4.5*umolar/second", "O_beta": "0.5*umolar/second", "O_N": "0.3/(umolar*second)"},
    **{"Omega_N": "0.5/second", "K_KC": "0.5*umolar", "zeta": 10.0, "F_ex": "0*umolar/second", "I_bias": "0*umolar"},
    **{"I_Theta": "0.3*umolar", "omega_I": "0.05*umolar", "C_Theta": "0.5*umolar", "Omega_A": "0.6/second"},
    **{"U_A": 0.6, "G_T": "200*mmolar", "rho_e": 6.5e-4, "Omega_e": "60/second"},
}
_SYNAPSE = {
    **{"rho_c": 0.005, "Y_T": "500*mmolar", "Omega_c": "40/second", "U_0_star": 0.6, "Omega_f": "3.33/second"},
    **{"Omega_d": "2/second", "O_G": "1.5/(umolar*second)", "Omega_G": "0.5/(60*second)", "alpha": 0.0},
}

GCHI = """
dGamma_A/dt = O_N*Y_S*(1 - clip(Gamma_A, 0, 1)) - Omega_N*(1 + zeta*C/(C + K_KC))*clip(Gamma_A, 0, 1) : 1
dI/dt = O_beta*Gamma_A + J_delta - J_3K - Omega_5P*I + J_ex + J_coupling : mmolar
dC/dt = (Omega_C*(m_inf*h)**3 + Omega_L)*(C_T - (1 + rho_A)*C) - O_P*C**2/(C**2 + K_P**2) : mmolar
dh/dt = O_2*(Q_2 - (Q_2 + C)*h) : 1
dx_A/dt = Omega_A*(1 - x_A) : 1
dG_A/dt = -Omega_e*G_A : mmolar
J_delta = O_delta/(1 + I/kappa_delta)*C**2/(C**2 + K_delta**2) : mmolar/second
J_3K = O_3K*C**4/(C**4 + K_D**4)*I/(I + K_3K) : mmolar/second
away = I - I_bias : mmolar
J_ex = -F_ex/2*(1 + tanh((abs(away) - I_Theta)/omega_I))*sign(away) : mmolar/second
m_inf = I/(I + d_1)*C/(C + d_5) : 1
Q_2 = d_2*(I + d_1)/(I + d_3) : mmolar
Y_S : mmolar
J_coupling : mmolar/second
I_bias : mmolar (constant)
F_ex : mmolar/second (constant)
"""
"""Equations of the astrocyte; constants are parameters of `astrocyte_gchi`."""

astrocyte_gchi = NeuronModel(
    GCHI,
    threshold="C > C_Theta",
    refractory="C > C_Theta",
    reset="G_A += rho_e*G_T*U_A*x_A; x_A -= U_A*x_A",
    parameters=_ASTROCYTE,
    variables=("Y_S", "J_coupling"),
    initial={"x_A": 1.0, "h": 0.9, "C": "0.01*umolar", "I": "0.01*umolar"},
    method="rk4",
    name="astrocyte_gchi",
)
"""Astrocyte with receptors Gamma_A, IP3 I, calcium C, IP3 receptors h, gliotransmitter in stock x_A and around it G_A.

Its "spike" is a release: when calcium crosses C_Theta upwards. Y_S is neurotransmitter around it, J_coupling what comes
from other astrocytes, I_bias and F_ex a concentration of IP3 that it exchanges with.

References
----------
De Pitta et al., J. Biol. Phys. 35:383 (2009); De Pitta et al., PLoS Comput. Biol. 7:e1002293 (2011); Stimberg et al.,
in Computational Glioscience (Springer 2019), bioRxiv 198366.
"""

COVER = """
G_A : mmolar
Y_S : mmolar
"""
"""What a neuron's equations have to declare for synapses onto it to be covered: gliotransmitter, neurotransmitter."""

_RELEASE = """
U_0 = (1 - {receptors})*U_0_star + alpha*{receptors}
u_S += U_0*(1 - u_S)
r_S = u_S*x_S
x_S -= r_S
"""

tripartite_synapse = SynapseModel(
    """
    dY/dt = -Omega_c*Y : mmolar (clock-driven)
    dGamma_S/dt = O_G*G_A_post*(1 - Gamma_S) - Omega_G*Gamma_S : 1 (clock-driven)
    du_S/dt = -Omega_f*u_S : 1 (event-driven)
    dx_S/dt = Omega_d*(1 - x_S) : 1 (event-driven)
    U_0 : 1
    r_S : 1
    w : siemens (constant)
    Y_S_post = Y : mmolar (summed)
    """,
    on_pre=_RELEASE.format(receptors="Gamma_S") + "Y += rho_c*Y_T*r_S; g_e_post += w*r_S",
    parameters=_SYNAPSE | {"w": "0*nS"},
    initial={"x_S": 1.0},
    method="exponential_euler",
    name="tripartite_synapse",
)
"""Synapse with facilitation u_S, depression x_S, receptors Gamma_S for gliotransmitter, and its neurotransmitter Y.

Post neurons have the conductance g_e and the variables of `COVER`: G_A, which binds to the receptors, and Y_S, the sum
of Y. `covered_synapse` does the same with less work where all synapses of a neuron are under the same astrocytes.
"""

SHARED = """
dGamma_S/dt = O_G*G_A*(1 - Gamma_S) - Omega_G*Gamma_S : 1
dY_S/dt = -Omega_c*Y_S : mmolar
G_A : mmolar
"""
"""Receptors and neurotransmitter of all covered synapses of a neuron, in place of `COVER`: their equations are linear
and the same for each, so that one Gamma_S is that of every synapse, and Y_S their sum."""
SHARED_PARAMETERS = {name: _SYNAPSE[name] for name in ("O_G", "Omega_G", "Omega_c")}


def _shared(receptors, more, name):
    """A synapse whose receptors and neurotransmitter the post neuron keeps."""
    return SynapseModel(
        """
        du_S/dt = -Omega_f*u_S : 1 (event-driven)
        dx_S/dt = Omega_d*(1 - x_S) : 1 (event-driven)
        U_0 : 1
        r_S : 1
        w : siemens (constant)
        """,
        on_pre=_RELEASE.format(receptors=receptors) + more,
        parameters={name: value for name, value in _SYNAPSE.items() if name not in SHARED_PARAMETERS} | {"w": "0*nS"},
        initial={"x_S": 1.0},
        name=name,
    )


covered_synapse = _shared("Gamma_S_post", "Y_S_post += rho_c*Y_T*r_S; g_e_post += w*r_S", "covered_synapse")
"""`tripartite_synapse` onto neurons with the equations of `SHARED`."""

bare_synapse = _shared("0", "g_i_post += w*r_S", "bare_synapse")
"""The same without an astrocyte, inhibitory: it adds to g_i."""

gap_junction = SynapseModel(
    """
    gap = I_post - I_pre : mmolar
    J_coupling_post = -F/2*(1 + tanh((abs(gap) - I_Theta)/omega_I))*sign(gap) : mmolar/second (summed)
    """,
    parameters={"F": "0.09*umolar/second", "I_Theta": "0.3*umolar", "omega_I": "0.05*umolar"},
    name="gap_junction",
)
"""IP3 from one astrocyte to the next where the difference is above a threshold; both directions are synapses."""

_hear = SynapseModel("w : 1 (constant)\nY_S_post = w*Y_S_pre : mmolar (summed)", parameters={"w": 1.0}, name="hear")
_speak = SynapseModel("w : 1 (constant)\nG_A_post = w*G_A_pre : mmolar (summed)", parameters={"w": 1.0}, name="speak")


def cover(network, neurons, astrocytes, neuron, astrocyte, *, heard=1.0, spoken=1.0):
    """Let astrocytes cover the synapses of neurons: they hear the neurons' Y_S, and give them their G_A.

    Parameters
    ----------
    network : Network
        In the order "brian2".
    neurons, astrocytes : str
        Populations.
    neuron, astrocyte : int arrays, shape (k,)
        Neuron and astrocyte of each pair.
    heard, spoken : float or array (k,)
        Weights with which Y_S goes to the astrocyte, and G_A to the neuron.

    Returns
    -------
    (Projection, Projection)
        To the astrocytes and from them.

    Raises
    ------
    DescriptionError
        Nothing is added then.
    """
    neuron, astrocyte = np.asarray(neuron, np.int64), np.asarray(astrocyte, np.int64)
    if neuron.shape != astrocyte.shape:
        raise DescriptionError(f"cover: one astrocyte per neuron is expected, got {astrocyte.size} for {neuron.size}")
    trial = network.copy()
    for target in (trial, network):  # the copy first, so that an error leaves the network as it was
        up = target.project(neurons, astrocytes, FromArrays(neuron, astrocyte), model=_hear(w=heard))
        down = target.project(astrocytes, neurons, FromArrays(astrocyte, neuron), model=_speak(w=spoken))
    return up, down
