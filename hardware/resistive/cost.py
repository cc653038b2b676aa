"""Energy and time of a product, from named constants: estimates that compare designs, not measurements of a chip."""

import math
from dataclasses import dataclass

import numpy as np

READ_VOLTS = 0.2
"""V on a row at full scale."""
READ_SECONDS = 100e-9
"""A reading of an array: ISAAC (Shafiee et al., ISCA 2016)."""
DAC_JOULES_PER_BIT = 0.39e-12
"""4 mW for 1,024 one-bit drivers at 100 ns, ISAAC."""
ADC_JOULES_8_BITS = 1.67e-12
"""2 mW at 1.2 billion samples of 8 bits per second, ISAAC; doubles with every bit."""
ADC_SAMPLES_PER_SECOND = 1.2e9
COLUMNS_PER_ADC = 128
EXACT_BITS = 8
"""Assumed of a converter whose number of bits is not given."""

MAC_JOULES_8_BITS = 0.23e-12
"""Multiplication 0.2 pJ and addition 0.03 pJ of 8-bit integers in 45 nm: Horowitz, ISSCC 2014."""
MAC_JOULES_FLOAT32 = 4.6e-12
"""3.7 pJ and 0.9 pJ, Horowitz."""
SRAM_JOULES_PER_BYTE = 2.5e-12
"""20 pJ for 8 bytes from a cache of 32 KB, Horowitz."""


@dataclass(frozen=True)
class Cost:
    """Of one product.

    Attributes
    ----------
    devices_J, dac_J, adc_J : float
    seconds : float
    """

    devices_J: float
    dac_J: float
    adc_J: float
    seconds: float

    @property
    def joules(self):
        """All together."""
        return self.devices_J + self.dac_J + self.adc_J

    def __add__(self, other):
        seconds = max(self.seconds, other.seconds)  # arrays work side by side
        return Cost(self.devices_J + other.devices_J, self.dac_J + other.dac_J, self.adc_J + other.adc_J, seconds)


def of_arrays(x, conductances_uS, tile, dac_bits, adc_bits):
    """Return the Cost of driving devices, a list of (n, m) in uS, with inputs x (n,) from -1 to 1."""
    n = len(x)
    m = max(g.shape[1] for g in conductances_uS)
    volts = READ_VOLTS * np.abs(x)
    devices = sum(float(volts**2 @ g.sum(axis=1)) * 1e-6 for g in conductances_uS) * READ_SECONDS
    rows, columns = math.ceil(n / tile[0]), math.ceil(m / tile[1])
    dac = n * columns * (dac_bits or EXACT_BITS) * DAC_JOULES_PER_BIT
    adc = m * rows * ADC_JOULES_8_BITS * 2.0 ** ((adc_bits or EXACT_BITS) - 8)
    conversions = math.ceil(min(m, tile[1]) / COLUMNS_PER_ADC) and min(m, tile[1], COLUMNS_PER_ADC)
    return Cost(devices, dac, adc, READ_SECONDS + conversions / ADC_SAMPLES_PER_SECOND)


def digital(multiplications, weight_bytes=1, mac_joules=MAC_JOULES_8_BITS):
    """Return the joules of multiplications whose weights come from SRAM, each used once."""
    return multiplications * (mac_joules + weight_bytes * SRAM_JOULES_PER_BYTE)
