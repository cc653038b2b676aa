"""Names in generated source: a user's identifier stays as it is, unless the loop has one of that name itself."""

import builtins
import keyword
import re

_LOOP = """
r step seed part neurons chance ids n first given places constants real steps arrived zero one padded apart begin here
there state paused fired i j k waiting spike i_ext noisy individual group marks refractory_steps own neuron size slot s
q spiking t dt np math events synapses plastic populations threads thread clock watch learning step_part send_part
record advance settle table total longest past projections rule kind weight source target row elapsed inner entry
inlined BLOCK CONSTANT DELAY FIRST INPUT KIND LANES NOISE NONE OFFSET PADDED PLACES RECORDED RULE SIZE SPIKES STATE
STATIC WAITING WORDS OBJECT OWN
synapse variable updated first_synapse shift low high column count index_pre index_post
"""
RESERVED = frozenset([*_LOOP.split(), *dir(builtins), *keyword.kwlist])
"""What the generated loop calls its own things, and what Python does."""

_PATTERNS = re.compile(
    r"(in|held|arrived|drawn|place|normal|uniform|update|receive|reset|regular|fill|add|new|ratio|slope|rise|support|timed)_\w+"
    r"|[kx][1-4]_\w+|root_dt|poisson"
)


def local(name):
    """The name of a variable or parameter in the source: its own, or with an underscore at the end."""
    return f"{name}_" if name in RESERVED or _PATTERNS.fullmatch(name) else name


class Taken:
    """Names in use; `fresh` gives ones that are not."""

    def __init__(self, names=()):
        self.names = set(names)

    def fresh(self, wish):
        """`wish`, with as many underscores at its end as make it new; it is taken from then on."""
        while wish in self.names or wish in RESERVED:
            wish += "_"
        self.names.add(wish)
        return wish
