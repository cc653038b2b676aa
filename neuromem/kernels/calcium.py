"""Calcium, IP3 and their receptors in an astrocyte, by steps of RK4 [Ullah, Jung and Cornell-Bell 2006].

Time in s, concentrations in uM.
"""

from neuromem.kernels.jit import inner

TOTAL, RATIO = 2.0, 0.185  # calcium of the cell, and volume of its store / volume of the cytosol
RELEASE, LEAK, PUMP, PUMP_HALF = 6.0, 0.11, 2.2, 0.1  # through receptors, beside them, and back into the store
INFLUX, INFLUX_HALF, OUTFLUX = 0.2, 1.0, 0.5  # through the membrane
PLC, PLC_HALF, PLC_BASE = 0.3, 1.1, 0.2  # IP3 from calcium; PLC_BASE = 1 - alpha
REST, DECAY = 0.16, 0.14  # IP3
D1, D2, D3, D5, A2 = 0.13, 1.049, 0.9434, 0.082, 0.14  # receptor


@inner
def rates(calcium, h, ip3, calcium_flux, ip3_flux):
    """Derivatives of calcium, h and IP3; fluxes are what else comes in, per s."""
    opened = ip3 / (ip3 + D1) * calcium / (calcium + D5) * h
    store = (TOTAL - calcium) / RATIO - calcium
    through = RATIO * (RELEASE * opened * opened * opened + LEAK) * store
    pump = PUMP * calcium * calcium / (calcium * calcium + PUMP_HALF * PUMP_HALF)
    influx = INFLUX * ip3 * ip3 / (INFLUX_HALF * INFLUX_HALF + ip3 * ip3)
    q2 = D2 * (ip3 + D1) / (ip3 + D3)
    made = PLC * (calcium + PLC_BASE * PLC_HALF) / (calcium + PLC_HALF)
    return (
        through - pump + influx - OUTFLUX * calcium + calcium_flux,
        A2 * (q2 - (q2 + calcium) * h),
        (REST - ip3) * DECAY + made + ip3_flux,
    )


@inner
def advance(now, fluxes, dt):
    """Return calcium, h and IP3 a step of Runge and Kutta's later, with fluxes held over it."""
    c, h, i = now
    calcium_flux, ip3_flux = fluxes
    c1, h1, i1 = rates(c, h, i, calcium_flux, ip3_flux)
    half = 0.5 * dt
    c2, h2, i2 = rates(c + half * c1, h + half * h1, i + half * i1, calcium_flux, ip3_flux)
    c3, h3, i3 = rates(c + half * c2, h + half * h2, i + half * i2, calcium_flux, ip3_flux)
    c4, h4, i4 = rates(c + dt * c3, h + dt * h3, i + dt * i3, calcium_flux, ip3_flux)
    sixth = dt / 6.0
    return (
        c + sixth * (c1 + 2.0 * c2 + 2.0 * c3 + c4),
        h + sixth * (h1 + 2.0 * h2 + 2.0 * h3 + h4),
        i + sixth * (i1 + 2.0 * i2 + 2.0 * i3 + i4),
    )
