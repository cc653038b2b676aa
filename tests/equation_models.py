"""Models from equations that tests share, as a user of Brian2 writes them."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Case:
    """A model: what `NeuronModel` and Brian2's NeuronGroup are given, and where it starts.

    The first of its methods is run against Brian2, the others are compared step by step.
    """

    equations: str
    methods: tuple
    parameters: dict = field(default_factory=dict)
    initial: dict = field(default_factory=dict)
    threshold: str | None = None
    reset: str = ""
    refractory: object = False
    dt: float = 0.1
    steps: int = 300


ALL = ("exponential_euler", "euler", "rk2", "rk4", "heun")

CASES = {
    "one equation": Case(
        "dv/dt = rate*(El - v) : volt (unless refractory)",
        ("euler", "exponential_euler", "rk4", "milstein"),
        {"rate": "100*Hz", "El": "-45*mV"},
        {"v": "-60*mV"},
        "v > -50*mV",
        "v = -60*mV",
        "2*ms",
    ),
    "currents": Case(
        """
        dv/dt = rate*(ge - (v - El)) : volt (unless refractory)  # a comment: with a colon
        dge/dt = -rate_e*ge : volt
        """,
        ("exact",),
        {"rate": "50*Hz", "rate_e": "200*Hz", "El": "-49*mV"},
        {"v": "-54*mV", "ge": "30*mV"},
        "v > -50*mV",
        "v = -60*mV; ge += 4*mV",
        "5*ms",
    ),
    "held, and another that depends on it": Case(
        """
        dv/dt = rate*(20*mV - v) - rate_w*w : volt (unless refractory)
        dw/dt = rate_w*(v/4 - w) : volt
        """,
        ("rk2", "euler", "rk4", "exponential_euler", "heun"),
        {"rate": "100*Hz", "rate_w": "20*Hz"},
        {"v": "3*mV"},
        "v > 10*mV",
        "v = 0*mV\nw += 1*mV",
        "3*ms",
    ),
    "COBA": Case(
        """
        dv/dt = (ge*(Ee-vr) + gi*(Ei-vr) - (v-vr))/tau : volt (unless refractory)
        dge/dt = -ge/taue : 1
        dgi/dt = -gi/taui : 1
        x = (ge*(Ee - v) + gi*(Ei - v)) : volt
        dy/dt = (x - y)/tau : volt
        """,
        ALL,
        {"Ee": "0*mV", "Ei": "-80*mV", "vr": "-60*mV", "tau": "20*ms", "taue": "5*ms", "taui": "10*ms"},
        {"v": "-60*mV", "ge": 1.2, "gi": 0.2},
        "v > -50*mV",
        "v = vr; ge += 0.3",
        "5*ms",
    ),
    "HH (Traub)": Case(
        """
        dv/dt = (gl*(El-v)+ge*(Ee-v)+gi*(Ei-v)-
                 g_na*(m*m*m)*h*(v-ENa)-
                 g_kd*(n*n*n*n)*(v-EK))/Cm : volt
        dm/dt = alpha_m*(1-m)-beta_m*m : 1
        dn/dt = alpha_n*(1-n)-beta_n*n : 1
        dh/dt = alpha_h*(1-h)-beta_h*h : 1
        dge/dt = -ge*(1./taue) : siemens
        dgi/dt = -gi*(1./taui) : siemens
        alpha_m = 0.32*(mV**-1)*4*mV/exprel((13*mV-v+VT)/(4*mV))/ms : Hz
        beta_m = 0.28*(mV**-1)*5*mV/exprel((v-VT-40*mV)/(5*mV))/ms : Hz
        alpha_h = 0.128*exp((17*mV-v+VT)/(18*mV))/ms : Hz
        beta_h = 4./(1+exp((40*mV-v+VT)/(5*mV)))/ms : Hz
        alpha_n = 0.032*(mV**-1)*5*mV/exprel((15*mV-v+VT)/(5*mV))/ms : Hz
        beta_n = .5*exp((10*mV-v+VT)/(40*mV))/ms : Hz
        """,
        ("exponential_euler", "euler", "rk2"),
        {
            **{"Cm": "200*pF", "gl": "10*nS", "El": "-60*mV", "EK": "-90*mV", "ENa": "50*mV", "g_na": "20*usiemens"},
            **{"g_kd": "6*usiemens", "VT": "-63*mV", "taue": "5*ms", "taui": "10*ms", "Ee": "0*mV", "Ei": "-80*mV"},
        },
        {"v": "-60*mV", "ge": "30*nS"},
        "v > -20*mV",
        "",
        "v > -40*mV",
        dt=0.02,
        steps=130,
    ),
    "AdEx": Case(
        """
        dv/dt = (gL*(EL - v) + gL*DeltaT*exp((v - VT)/DeltaT) + I - w)/C : volt
        dw/dt = (a*(v - EL) - w)/tauw : amp
        """,
        ("rk4", "euler", "heun"),
        {
            **{"C": "281*pF", "gL": "30*nS", "EL": "-70.6*mV", "VT": "-50.4*mV", "DeltaT": "2*mV", "I": "1*nA"},
            **{"tauw": "144*ms", "a": "4*nS"},
        },
        {"v": "-70.6*mV"},
        "v > -40.4*mV",
        "v = -70.6*mV; w += 0.0805*nA",
        dt=0.05,
    ),
    "Izhikevich": Case(
        """
        dvm/dt = (0.04/ms/mV)*vm**2+(5/ms)*vm+140*mV/ms-w : volt
        dw/dt = a*(b*vm-w) : volt/second
        """,
        ("euler", "rk2", "rk4"),
        {"a": "0.02/ms", "b": "0.2/ms"},
        {"vm": "-55*mV", "w": "-20*mV/ms"},
        "vm > 30*mV",
        "vm = -65*mV\nw = w + 8*mV/ms",
        dt=0.05,
    ),
    "Wang-Buzsaki": Case(
        """
        dv/dt = (-gNa*m**3*h*(v-ENa)-gK*n**4*(v-EK)-gL*(v-EL)+Iapp)/Cm : volt
        m = alpha_m/(alpha_m+beta_m) : 1
        alpha_m = 0.1/mV*10*mV/exprel(-(v+35*mV)/(10*mV))/ms : Hz
        beta_m = 4*exp(-(v+60*mV)/(18*mV))/ms : Hz
        dh/dt = 5*(alpha_h*(1-h)-beta_h*h) : 1
        alpha_h = 0.07*exp(-(v+58*mV)/(20*mV))/ms : Hz
        beta_h = 1./(exp(-0.1/mV*(v+28*mV))+1)/ms : Hz
        dn/dt = 5*(alpha_n*(1-n)-beta_n*n) : 1
        alpha_n = 0.01/mV*10*mV/exprel(-(v+34*mV)/(10*mV))/ms : Hz
        beta_n = 0.125*exp(-(v+44*mV)/(80*mV))/ms : Hz
        """,
        ("exponential_euler", "heun"),
        {
            **{"Cm": "1*uF", "Iapp": "2*uA", "gL": "0.1*msiemens", "EL": "-65*mV", "ENa": "55*mV", "EK": "-90*mV"},
            **{"gNa": "35*msiemens", "gK": "9*msiemens"},
        },
        {"v": "-50*mV", "h": 0.8},
        "v > -40*mV",
        refractory="v > -40*mV",
        dt=0.04,
        steps=200,
    ),
    "time, conditions and functions": Case(
        """
        dv/dt = (I*sin(2*pi*f*t) + clip(x, -1, 0.5)*mV - v)/tau + int(t > 10*ms)*0.1*mV/ms : volt
        dx/dt = (sqrt(abs(v)/mV) + sign(v) + floor(x) % 2 - x**3 + log(1 + x**2) - tanh(x)*int(x > 0.1))/tau : 1
        dz/dt = (v/mV)**-2/second + 3*int(v > 0*mV and not x > 0.2 or x < -1)/second + ceil(t/(7*ms))/second : 1
        """,
        ("euler", "rk2"),
        {"I": "10*mV", "f": "50*Hz", "tau": "7*ms"},
        {"v": "3*mV", "x": 0.2},
    ),
    "adaptive threshold": Case(
        """
        dv/dt = (16*mV - v)/tau : volt (unless refractory)
        dvt/dt = (10*mV - vt)/tau_t : volt
        last : second
        count : 1
        """,
        ("euler", "rk4"),
        {"tau": "10*ms", "tau_t": "15*ms"},
        {"vt": "10*mV"},
        "v > vt",
        "v = 0*mV; vt += 3*mV; last = t; count += 1; vt = clip(vt, 0*mV, 14*mV); x = vt/2; v = x/mV**1.0*0.1*mV",
        "1*ms + 0.2*vt/mV*ms",
    ),
    "lastspike": Case(
        "dv/dt = (12*mV*(1 - 0.9*exp(-(t - lastspike)/tau)) - v)/tau : volt (unless refractory)",
        ("euler",),
        {"tau": "8*ms"},
        {},
        "v > 8*mV and t - lastspike > 3*ms",
        "v = 0*mV",
        "(t - lastspike) < 2*ms",
    ),
    "additive noise": Case(
        """
        dv/dt = (20*mV - v + w)/tau + sigma*xi_v*tau**-0.5 : volt
        dw/dt = -w/tau - x*(xi_v*sigma - 2*mV*xi_w)*sqrt(1/tau) : volt
        x = 1 + a : 1
        """,
        ("euler", "heun"),
        {"tau": "5*ms", "sigma": "2*mV", "a": 0.2},
        {"v": "3*mV", "w": "1*mV"},
    ),
    "multiplicative noise": Case(
        """
        dv/dt = (20*mV - v)/tau + s*v*xi_1*tau**-0.5 : volt
        dw/dt = (v/4 - w)/tau + w**2/v*xi_2*tau**-0.5*(1 + sin(t/tau)) : volt
        """,
        ("milstein", "heun"),
        {"tau": "5*ms", "s": 0.3},
        {"v": "3*mV", "w": "1*mV"},
    ),
    "per step": Case(
        """
        dv/dt = (u - v)/tau : volt
        u = 20*mV*int(timestep(t, dt) % 20 < 10)*(1 + i/N) : volt (constant over dt)
        w = 2*u : volt
        """,
        ("euler", "rk4"),
        {"tau": "5*ms"},
        {},
        "v > 15*mV and w > 0*mV",
        "v = 0*mV",
    ),
}
