"""What to cite for a memory: BibTeX by the names of `neuromem.models`."""

_ENTRIES = {
    "hopfield1982": (
        "article", "J. J. Hopfield",
        "Neural networks and physical systems with emergent collective computational abilities",
        {"journal": "PNAS", "volume": "79", "pages": "2554--2558", "year": "1982"},
    ),
    "amit1987": (
        "article", "D. J. Amit and H. Gutfreund and H. Sompolinsky",
        "Statistical mechanics of neural networks near saturation",
        {"journal": "Annals of Physics", "volume": "173", "pages": "30--67", "year": "1987"},
    ),
    "personnaz1985": (
        "article", "L. Personnaz and I. Guyon and G. Dreyfus",
        "Information storage and retrieval in spin-glass like neural networks",
        {"journal": "Journal de Physique Lettres", "volume": "46", "pages": "359--365", "year": "1985"},
    ),
    "gardner1987": (
        "article", "E. Gardner", "Multiconnected neural network models",
        {"journal": "Journal of Physics A", "volume": "20", "pages": "3453--3464", "year": "1987"},
    ),
    "krotov2016": (
        "inproceedings", "D. Krotov and J. J. Hopfield", "Dense associative memory for pattern recognition",
        {"booktitle": "Advances in Neural Information Processing Systems", "volume": "29", "year": "2016"},
    ),
    "demircigil2017": (
        "article", "M. Demircigil and J. Heusel and M. L{\\\"o}we and S. Upgang and F. Vermet",
        "On a model of associative memory with huge storage capacity",
        {"journal": "Journal of Statistical Physics", "volume": "168", "pages": "288--299", "year": "2017"},
    ),
    "ramsauer2021": (
        "inproceedings", "H. Ramsauer and others", "Hopfield networks is all you need",
        {"booktitle": "International Conference on Learning Representations", "year": "2021"},
    ),
    "willshaw1969": (
        "article", "D. J. Willshaw and O. P. Buneman and H. C. Longuet-Higgins", "Non-holographic associative memory",
        {"journal": "Nature", "volume": "222", "pages": "960--962", "year": "1969"},
    ),
    "tsodyks1988": (
        "article", "M. V. Tsodyks and M. V. Feigelman",
        "The enhanced storage capacity in neural networks with low activity level",
        {"journal": "Europhysics Letters", "volume": "6", "pages": "101--105", "year": "1988"},
    ),
    "agliari2012": (
        "article", "E. Agliari and A. Barra and A. Galluzzi and F. Guerra and F. Moauro",
        "Multitasking associative networks",
        {"journal": "Physical Review Letters", "volume": "109", "pages": "268101", "year": "2012"},
    ),
    "alemanno2023": (
        "article", "F. Alemanno and others", "Supervised Hebbian learning",
        {"journal": "Europhysics Letters", "volume": "141", "pages": "11001", "year": "2023"},
    ),
    "casanueva2024": (
        "article",
        "D. Casanueva-Morato and A. Ayuso-Martinez and J. P. Dominguez-Morales and A. Jimenez-Fernandez "
        "and G. Jimenez-Moreno",
        "Bio-inspired computational memory model of the hippocampus: an approach to a neuromorphic spike-based "
        "content-addressable memory",
        {"journal": "Neural Networks", "volume": "178", "pages": "106474", "year": "2024"},
    ),
    "ahmad2016": (
        "misc", "S. Ahmad and J. Hawkins",
        "How do neurons operate on sparse distributed representations? A mathematical theory of sparsity, neurons and "
        "active dendrites",
        {"eprint": "1601.00720", "archiveprefix": "arXiv", "year": "2016"},
    ),
    "hawkins2016": (
        "article", "J. Hawkins and S. Ahmad",
        "Why neurons have thousands of synapses, a theory of sequence memory in neocortex",
        {"journal": "Frontiers in Neural Circuits", "volume": "10", "pages": "23", "year": "2016"},
    ),
    "rinkus2014": (
        "article", "G. J. Rinkus", "Sparsey: event recognition via deep hierarchical sparse distributed codes",
        {"journal": "Frontiers in Computational Neuroscience", "volume": "8", "pages": "160", "year": "2014"},
    ),
    "xiao2024": (
        "inproceedings", "M. Xiao and Q. Meng and Z. Zhang and D. He and Z. Lin",
        "Hebbian learning based orthogonal projection for continual learning of spiking neural networks",
        {"booktitle": "International Conference on Learning Representations", "year": "2024"},
    ),
    "gordleeva2021": (
        "article",
        "S. Yu. Gordleeva and Y. A. Tsybina and M. I. Krivonosov and M. V. Ivanchenko and A. A. Zaikin "
        "and V. B. Kazantsev and A. N. Gorban",
        "Modeling working memory in a spiking neuron network accompanied by astrocytes",
        {"journal": "Frontiers in Cellular Neuroscience", "volume": "15", "pages": "631485", "year": "2021"},
    ),
    "oja1989": (
        "article", "E. Oja", "Neural networks, principal components, and subspaces",
        {"journal": "International Journal of Neural Systems", "volume": "1", "pages": "61--68", "year": "1989"},
    ),
    "maass2002": (
        "article", "W. Maass and T. Natschl{\\\"a}ger and H. Markram",
        "Real-time computing without stable states: a new framework for neural computation based on perturbations",
        {"journal": "Neural Computation", "volume": "14", "pages": "2531--2560", "year": "2002"},
    ),
}  # fmt: skip

CITED = {
    "CA3Memory": ("casanueva2024",),
    "DendriticMemory": ("ahmad2016",),
    "Sparsey": ("rinkus2014",),
    "TemporalMemory": ("hawkins2016",),
    "GlialWorkingMemory": ("gordleeva2021",),
    "HebbianProjection": ("xiao2024", "oja1989"),
    "LiquidState": ("maass2002",),
    "Hopfield": ("hopfield1982", "amit1987", "personnaz1985", "gardner1987", "krotov2016", "demircigil2017"),
    "ModernHopfield": ("ramsauer2021",),
    "DenseHebbian": ("alemanno2023", "gardner1987"),
    "MultitaskingHopfield": ("agliari2012",),
    "SparseHopfield": ("tsodyks1988",),
    "Willshaw": ("willshaw1969",),
}
"""Keys of the entries, by class."""


def bibtex(model):
    """Return the BibTeX entries of a memory's name, one string."""
    return "\n".join(_written(key) for key in CITED[model])


def _written(key):
    kind, author, title, fields = _ENTRIES[key]
    rows = {"author": author, "title": title, **fields}
    return f"@{kind}{{{key},\n" + "".join(f"  {name} = {{{value}}},\n" for name, value in rows.items()) + "}\n"
