"""`neuromem phase` and `cite`."""


def test_cite_prints_bibtex_of_every_memory(call, refused):
    from neuromem.models import MEMORIES

    status, out, err = call("cite")
    assert (status, err) == (0, "")
    for name in MEMORIES:
        status, one, _ = call("cite", name)
        assert status == 0
        assert one.startswith("@")
        assert one.count("{") == one.count("}")
        assert one.strip() in out
    assert "Hopfield" in refused("cite", "Hopfeld", status=2)


def test_a_cell_of_a_phase_diagram_is_shown_with_theory(call, refused):
    status, out, _ = call("phase", "hopfield", "--quick", "--set", "n=40", "sweeps=5", "--cell", "1,1")
    assert status == 0
    assert "replica-symmetric" in out
    assert "residual" in out
    for wrong in (["hopfield", "--cell", "1"], ["hopfield", "--cell", "99,0"], ["unheard"], ["ca3", "--x", "entropy"]):
        refused("phase", *wrong, status=2)
