"""SparseyHierarchy: fields, sequences from their beginning and middle, persistence, labels, bad input."""

import numpy as np
import pytest

from neuromem.errors import CapacityError, DataError, NeuromemError, PatternError, StoreError
from neuromem.experiments import silhouettes, sparsey_digits
from neuromem.io import save
from neuromem.models import CodeSelection, Level, Permanence, Sparsey, SparseyHierarchy
from neuromem.models.sparsey_mac import D, H, U, code_bits, unpacked
from neuromem.models.sparsey_reading import known
from neuromem.patterns import keep, random_patterns

SHAPE = (10, 10)
FRAME = np.zeros(SHAPE, bool)


def sequences(count, frames=10, seed=0):
    """Random frames of 100 pixels, 20 of them active."""
    rng = np.random.default_rng(seed)
    return random_patterns(count * frames, 100, 20, rng).reshape(count, frames, *SHAPE)


def one_mac(**changes):
    return SparseyHierarchy(SHAPE, [Level((1, 1), SHAPE, 20, 20, **{"saturation": 1.0} | changes)], seed=3)


def two_levels(threads=1, classes=3, seed=3, saturation=1.0):
    closing = {"saturation": saturation, "selection": CodeSelection(recruit="open" if saturation < 1 else "any")}
    levels = [Level((2, 2), (6, 6), 8, 12, **closing), Level((1, 1), (2, 2), 10, 12, persistence=2, **closing)]
    return SparseyHierarchy(SHAPE, levels, classes=classes, voting=(0, 1), seed=seed, threads=threads)


def voting(levels, seed=3):
    return SparseyHierarchy(SHAPE, [Level((1, 1), SHAPE, 2, 2)], voting=levels, seed=seed)


def states(model):
    return [mac.state() for macs in model.macs for mac in macs]


def same(a, b):
    return all(np.array_equal(x[name], y[name]) for x, y in zip(a, b, strict=True) for name in x)


def test_fields_are_even_and_cover_everything():
    model = SparseyHierarchy((28, 20), [Level((5, 3), (12, 8), 2, 2), Level((2, 1), (3, 3), 2, 2)])
    seen = [np.divmod(below, 20) for below in model._below[0]]
    assert [(int(y.min()), int(x.min())) for y, x in seen[:4]] == [(0, 0), (0, 6), (0, 12), (4, 0)]
    assert all(len(below) == 96 for below in model._below[0])
    assert np.unique(np.concatenate(model._below[0])).size == 560
    assert [sorted(below.tolist()) for below in model._below[1]] == [list(range(9)), list(range(6, 15))]
    assert model._above[0][7] == [0, 1]


def test_a_safe_set_of_sequences_is_replayed_from_the_second_frame_on():
    """At least 97 % of the frames, bit for bit, given the first; and from the middle."""
    model, clips = one_mac(), sequences(8)
    model.learn(clips)
    right = [(model.replay(clip[:1], 9) == clip[1:]).all(axis=(1, 2)).mean() for clip in clips]
    assert np.mean(right) >= 0.97
    middle = [(model.replay(clip[4:5], 5) == clip[5:]).all(axis=(1, 2)).mean() for clip in clips]
    assert np.mean(middle) >= 0.8


def test_what_comes_next_is_foretold():
    """A known clip's frames are expected before they are seen, a novel one's are not; the state is not disturbed."""
    model, clips = one_mac(), sequences(4)
    model.learn(clips)
    expected = np.array([model.predict(clip) for clip in clips]) == 1
    assert (expected[:, :-1] == clips[:, 1:]).all(axis=(2, 3)).mean() >= 0.97
    assert np.array_equal(expected[0, 2], model.replay(clips[0][:3], 1)[0])
    novel = sequences(1, seed=9)[0]
    foretold = ((model.predict(novel)[:-1] == 1) & novel[1:]).sum() / novel[1:].sum()
    assert foretold < 0.4


def test_a_clip_is_recognised_though_many_of_its_frames_look_alike():
    """Its upper half stands still: there, a frame may be any of six, and the code that is found sends nothing.

    A sum of nothing over a count of something would make it unfamiliar for good.
    """
    clip = sequences(1, frames=6)[0]
    clip[:, :5] = clip[0, :5]
    levels = [Level((2, 1), (5, 10), 8, 40), Level((1, 1), (2, 1), 10, 40, persistence=2)]
    model = SparseyHierarchy(SHAPE, levels, seed=3)
    model.learn([clip])
    G = model.recognise(clip).G
    assert G[0].min() > 0.6
    assert (G[0][-2:] == 1).all()
    assert (G[1] == 1).all()
    assert ((model.predict(clip)[:-1, 5:] == 1) == clip[1:, 5:]).all()


def test_winners_of_all_macs_that_see_a_pixel_speak_for_it():
    """Counted plainly, with one mac idle; recalled are those that enough speak for."""
    model, x = two_levels(), sequences(6, frames=1)[:, 0]
    model.learn(x, np.arange(6) % 3)
    winner = np.random.default_rng(2).integers(12, size=(4, 8))
    winner[2] = -1
    met, seen = np.zeros((2, 100))
    for mac, below, code in zip(model.macs[0], model._below[0], winner.tolist()):
        for q, k in enumerate(code):
            if k >= 0:
                for j, pixel in enumerate(below):
                    met[pixel] += mac.set_bits(U)[q * 12 + k, j]
                    seen[pixel] += 1
    expected = np.divide(met, seen, out=np.zeros(100), where=seen > 0).reshape(SHAPE)
    assert np.array_equal(model.support(winner), expected)
    assert np.array_equal(model.read(winner), expected >= 1)
    assert 0 < expected.mean() < 1


@pytest.mark.parametrize(("back_off_to", "taken_for_known"), [("seen", False), ("any", True)])
def test_what_is_seen_takes_part_in_back_off(back_off_to, taken_for_known):
    """Without it, a novel frame is taken for the one that was expected."""
    clip = sequences(1, frames=4)[0]
    model = one_mac(selection=CodeSelection(back_off=(0.9, 0.9), back_off_to=back_off_to))
    model.learn([clip])
    clip[2] = sequences(1, frames=1, seed=9)[0, 0]
    assert (model.recognise(clip).G[0][2, 0] > 0.9) == taken_for_known


def test_an_overfull_memory_loses_sequences():
    model, clips = one_mac(), sequences(60)
    model.learn(clips)
    assert np.mean([(model.replay(clip[:1], 9) == clip[1:]).all(axis=(1, 2)).mean() for clip in clips[:10]]) < 0.5


def test_a_sequence_is_recognised_from_fragments():
    """Half of the pixels of each frame: the codes that were stored come back."""
    model, clips = one_mac(), sequences(4)
    model.learn(clips)
    whole = [model.recognise(clip) for clip in clips]
    halves = keep(clips.reshape(40, 100), 0.5, np.random.default_rng(1)).reshape(clips.shape)
    shared = [(model.recognise(half).winner[0] == w.winner[0]).mean() for half, w in zip(halves, whole)]
    assert np.mean(shared) > 0.97
    assert min(w.G[0].min() for w in whole) == 1
    assert np.mean(model.recognise(sequences(1, seed=9)[0]).G[0]) < 0.7


def test_the_novelty_of_an_order_is_seen_without_back_off_only():
    clips = sequences(4)
    for back_off, seen in ((None, True), ((1.0, 1.0), False)):
        model = one_mac(selection=CodeSelection(back_off=back_off))
        model.learn(clips)
        swapped = clips[0][[0, 5, 2, 7, 4, 1, 6, 3, 8, 9]]
        assert (model.recognise(swapped).G[0][1:].min() < 0.9) == seen


def test_codes_persist_and_learn_meanwhile():
    """The upper level keeps each code for two frames; its winners have synapses from the codes below of both."""
    model, (clip,) = two_levels(), sequences(1, frames=4)
    model.learn(clip[None], np.array([1]))
    codes = model.recognise(clip).winner
    upper = codes[1][:, 0]
    assert np.array_equal(upper[0], upper[1])
    assert np.array_equal(upper[2], upper[3])
    assert not np.array_equal(upper[1], upper[2])
    mac = model.macs[1][0]
    for t in range(4):
        below = unpacked(code_bits(codes[0][t], 12), 128).ravel()
        synapses = mac.set_bits(U)[np.arange(10) * 12 + upper[t]]
        assert (synapses & below).sum() > 0.9 * 10 * 32
    assert model.macs[0][0].set_bits(D)[:, :120].any()
    assert not mac.set_bits(H)[:12, :12].any()


def test_labels_are_learned_once_and_read_out():
    """Noisy copies of three prototypes; labels of either level answer."""
    rng = np.random.default_rng(5)
    prototypes = random_patterns(3, 100, 20, rng)
    y = rng.integers(3, size=60)
    x = prototypes[y] ^ (rng.random((60, 100)) < 0.03)
    model = two_levels()
    model.learn(x[:40].reshape(-1, *SHAPE), y[:40])
    assert (model.classify(x[40:].reshape(-1, *SHAPE)) == y[40:]).mean() > 0.9
    assert (model.classify(x[40:].reshape(-1, 1, *SHAPE)) == y[40:]).mean() > 0.9


@pytest.mark.parametrize("saturation", [1.0, 0.4])
def test_images_are_episodes_of_one_frame_on_any_number_of_threads(saturation):
    """Lower levels do not see D in a first frame, so a batch, level by level, is the same as one after another.

    Also where nothing is seen, and where macs freeze on the way.
    """
    count = 20 if saturation == 1 else 400
    x, y = sequences(count, frames=1)[:, 0], np.arange(count) % 3
    x[3, :6, :6] = 0
    batch, single, threads, other = (
        two_levels(threads=t, seed=seed, saturation=saturation) for t, seed in ((1, 3), (1, 3), (3, 3), (1, 4))
    )
    batch.learn(x, y)
    threads.learn(x, y)
    single.learn(x[:, None], y)
    other.learn(x, y)
    assert any(mac.frozen for mac in batch.macs[0]) == (saturation < 1)
    assert not batch.frozen
    assert same(states(batch), states(threads))
    assert same(states(batch), states(single))
    assert not same(states(batch), states(other))
    assert np.array_equal(batch.votes(x), threads.votes(x))


def test_a_hierarchy_survives_a_file_and_learns_on(tmp_path):
    fading = Permanence(ages=((4, 6, 9),), values=((1.0, 0.9, 0.4),))
    selection = CodeSelection(transfer="ratchet", constants=(0.5, 4.0, 0.9, 0.01), back_off=(0.9, 0.8))
    levels = [
        Level((2, 2), (6, 6), 8, 12, saturation=0.6, permanence=fading),
        Level((1, 1), (2, 2), 10, 12, persistence=2, recurrent=False, selection=selection),
    ]
    model = SparseyHierarchy(SHAPE, levels, classes=3, feedback=False, voting=(1, 0), agreement=0.8, seed=2**63)
    clips = sequences(6, frames=4)
    model.learn(clips[:4], [0, 1, 2, 0])
    model.save(tmp_path / "hierarchy.h5")
    loaded = SparseyHierarchy.load(tmp_path / "hierarchy.h5")
    assert loaded.levels == model.levels
    names = ("shape", "classes", "channels", "feedback", "voting", "agreement", "seed", "threads")
    assert [getattr(loaded, name) for name in names] == [getattr(model, name) for name in names]
    for m in (model, loaded):
        m.learn(clips[4:], [1, 2])
    assert same(states(model), states(loaded))
    assert np.array_equal(model.votes(clips), loaded.votes(clips))
    assert np.array_equal(model.replay(clips[0][:1], 3), loaded.replay(clips[0][:1], 3))
    save(tmp_path / "hierarchy.h5", "sparsey_hierarchy", {"parameters": {"shape": [3, 3]}, "levels": {}, "macs": {}})
    with pytest.raises(StoreError, match="incomplete or inconsistent"):
        SparseyHierarchy.load(tmp_path / "hierarchy.h5")


def test_it_says_what_it_is():
    assert repr(two_levels()) == "SparseyHierarchy(shape=(10, 10): 4 + 1 macs, 3 classes)"


def test_votes_are_added_over_all_frames():
    """Where a level has no past, a clip has the votes of its frames as images; a code that persists counts again."""
    rng = np.random.default_rng(5)
    x = random_patterns(6, 100, 20, rng).reshape(6, *SHAPE)
    model = SparseyHierarchy(SHAPE, [Level((2, 2), (6, 6), 8, 12, recurrent=False)], classes=3, seed=3)
    model.learn(x, np.arange(6) % 3)
    single = model.votes(x)
    assert np.array_equal(model.votes(x[None]), single.sum(axis=0, keepdims=True))
    assert model.classify(x[None, :2])[0] == single[:2].sum(axis=0).argmax()
    lasting = [Level((2, 2), (6, 6), 8, 12, persistence=2)]
    model = SparseyHierarchy(SHAPE, lasting, classes=3, seed=3)
    model.learn(x, np.arange(6) % 3)
    assert np.array_equal(model.votes(x[None, :2]), 2 * model.votes(x[:1]))


def test_rounding_does_not_raise_the_agreement():
    """3 of 10 winners are 0.1 + 0.2 of them."""
    for agreement in (0.3, 0.1 + 0.2):
        model = SparseyHierarchy(SHAPE, [Level((1, 1), SHAPE, 10, 6)], agreement=agreement, seed=3)
        x = sequences(30, frames=1)[:, 0]
        model.learn(x)
        support = np.array([model.support(code) for code in model.codes(x)[:, None]])
        assert (np.rint(10 * support) == 3).any()
        read = np.array([model.read(code) for code in model.codes(x)[:, None]])
        assert np.array_equal(read, np.rint(10 * support) >= 3)
        memory = Sparsey(100, 10, 6, agreement=agreement, seed=3)
        memory.store(x.reshape(30, 100))
        assert np.array_equal(memory.patterns, known(memory._mac, memory.codes) >= 3)


def test_a_frozen_mac_learns_no_more_while_others_do():
    model, x = two_levels(), sequences(6, frames=1)[:, 0]
    model.learn(x[:3], [0, 1, 2])
    model.macs[0][0].freeze()
    before = states(model)
    model.learn(x[3:], [0, 1, 2])
    after = states(model)
    assert same(before[:1], after[:1])
    assert not any(same([a], [b]) for a, b in zip(before[1:], after[1:]))


def test_bad_input_and_frozen_macs_leave_everything_as_it_was():
    model, x = two_levels(), sequences(6, frames=2)
    model.learn(x[:3], [0, 1, 2])
    before, good = states(model), x[3]
    for bad in (np.full((2, *SHAPE), np.nan), np.zeros((2, 9, 10)), np.zeros((0, *SHAPE)), np.full((2, *SHAPE), 2)):
        with pytest.raises(PatternError):
            model.learn([good, bad], [0, 1])
    with pytest.raises(PatternError, match="classes 0 to 2"):
        model.learn([good, good], [0, 3])
    assert same(before, states(model))
    model.freeze()
    before = states(model)
    for given in ([good], x[:, 0]):
        with pytest.raises(CapacityError, match="critical periods of all macs"):
            model.learn(given, np.zeros(len(given), int))
    assert same(before, states(model))
    assert model.recognise(x[0]).G[0].shape == (2, 4)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("levels: a list of Level", lambda: SparseyHierarchy(SHAPE, [])),
        ("leave gaps", lambda: SparseyHierarchy(SHAPE, [Level((2, 2), (3, 3), 2, 2)])),
        ("do not cover", lambda: SparseyHierarchy(SHAPE, [Level((1, 1), (3, 3), 2, 2)])),
        ("do not cover", lambda: SparseyHierarchy(SHAPE, [Level((2, 2), (30, 30), 2, 2)])),
        ("cms: a whole number", lambda: Level((1, 1), SHAPE, 0, 2)),
        ("persistence", lambda: Level((1, 1), SHAPE, 2, 2, persistence=0)),
        (r"episodes\[0\]: an array of shape \(T, 10, 10\) is", lambda: one_mac().learn(np.zeros((2, 3, 9, 10), bool))),
        ("0 or 1 expected", lambda: one_mac().learn(np.full((2, *SHAPE), np.nan))),
        (r"frames: .* \(T, 10, 10\) .* at least 1", lambda: one_mac().recognise(np.zeros((0, *SHAPE), bool))),
        ("labels: classes 0 to 2", lambda: two_levels().learn(np.zeros((2, *SHAPE), bool), [0, 3])),
        ("labels: 2 whole numbers", lambda: two_levels().learn(np.zeros((2, *SHAPE), bool), [0])),
        ("labels: .* unequal length", lambda: two_levels().learn(np.zeros((2, *SHAPE), bool), [[0], [1, 2]])),
        (r"frames: an array of shape \(T, 10, 10\) .* got shape \(10, 10\)", lambda: one_mac().recognise(FRAME)),
        (r"prompt: an array of shape \(T, 10, 10\)", lambda: one_mac().replay(FRAME, 2)),
        (r"images: an array of shape \(B, 10, 10\)", lambda: one_mac().codes(np.zeros((2, 9, 10), bool))),
        (r"episodes: a list of arrays of shape \(T, 10, 10\), or images", lambda: one_mac().learn(FRAME)),
        (r"episodes\[0\]: .* unequal length", lambda: one_mac().learn([[[[0, 1], [1]]]])),
        ("frames: .* unequal length", lambda: one_mac().predict([[[0, 1], [1]]])),
        ("steps: a whole number", lambda: one_mac().replay(FRAME[None], -1)),
        ("classify: it was made without classes", lambda: one_mac().classify(FRAME[None])),
        ("level: a whole number from -2 to 1", lambda: two_levels().codes(FRAME[None], level=5)),
        ("level: a whole number from -2 to 1", lambda: two_levels().codes(FRAME[None], level="a")),
        (
            r"seed: a whole number below 2\*\*64",
            lambda: voting(None, seed=2**64),
        ),
        ("shape: two numbers, rows and columns", lambda: SparseyHierarchy(4, [Level((1, 1), SHAPE, 2, 2)])),
        ("shape: two numbers, rows and columns", lambda: SparseyHierarchy(None, [Level((1, 1), SHAPE, 2, 2)])),
        ("shape: two numbers, rows and columns", lambda: SparseyHierarchy((4,), [Level((1, 1), SHAPE, 2, 2)])),
        ("levels: a list of Level", lambda: SparseyHierarchy(SHAPE, Level)),
        ("levels: a list of Level", lambda: SparseyHierarchy(SHAPE, None)),
        ("voting: a tuple of different levels, 0 to 0", lambda: voting(3)),
        ("voting: a tuple of different levels, 0 to 0", lambda: voting((1,))),
        ("voting: a tuple of different levels, 0 to 0", lambda: voting((-1,))),
        ("voting: a tuple of different levels, 0 to 0", lambda: voting(("a",))),
        ("voting: a tuple of different levels, 0 to 0", lambda: voting((0, 0))),
        ("voting: a tuple of different levels, 0 to 0", lambda: voting(())),
        ("grid: two numbers", lambda: Level(1, SHAPE, 2, 2)),
        ("field: two numbers", lambda: Level((1, 1), (3,), 2, 2)),
        ("selection: a CodeSelection", lambda: Level((1, 1), SHAPE, 2, 2, selection="x")),
        ("selection: a CodeSelection", lambda: Level((1, 1), SHAPE, 2, 2, selection=None)),
        ("permanence: a Permanence", lambda: Level((1, 1), SHAPE, 2, 2, permanence=4)),
        ("recurrent: True or False", lambda: Level((1, 1), SHAPE, 2, 2, recurrent="no")),
        ("Level.saturation: must be at most 1", lambda: Level((1, 1), SHAPE, 2, 2, saturation=1.5)),
        ("Level.saturation: a number", lambda: Level((1, 1), SHAPE, 2, 2, saturation="half")),
    ],
)
def test_bad_input(message, call):
    with pytest.raises(NeuromemError, match=message):
        call()


@pytest.mark.parametrize("method", ["read", "support"])
@pytest.mark.parametrize(
    "bad",
    [[[0] * 20, [1] * 20], [[20] * 20], [[-2] * 20], [[-1] + [0] * 19], [[0.0] * 20], [[0], [0, 1]], [0] * 20, "a"],
)
def test_bad_codes_are_refused(method, bad):
    with pytest.raises(PatternError, match="winner: "):
        getattr(one_mac(), method)(bad)
    assert getattr(one_mac(), method)([[0] * 20]).shape == SHAPE


# the experiments' data


def test_clips_in_the_layout_of_weizmann(tmp_path):
    clips = silhouettes.synthetic(seed=1, frames=5)
    assert len(clips) == 90
    silhouettes.save(tmp_path / "masks.mat", clips)
    loaded = silhouettes.load(tmp_path / "masks.mat")
    assert loaded.keys() == clips.keys()
    assert all(np.array_equal(loaded[name], clips[name]) for name in clips)
    frames = silhouettes.centred(clips["ido_jack"], 24, 20, 7)
    assert frames.shape == (7, 24, 20)
    assert np.array_equal(frames[5], frames[0])
    assert 0.05 < frames.mean() < 0.5
    (tmp_path / "masks.mat").write_bytes(b"nothing")
    with pytest.raises(DataError, match="fetch it again"):
        silhouettes.load(tmp_path / "masks.mat")


def test_upright_digits_do_not_lean():
    """A leaning stroke becomes a vertical one in the middle, of as many pixels."""
    image = np.zeros((1, 28, 28), np.uint8)
    for y in range(4, 24):
        image[0, y, 20 - y // 2] = 255
    turned = sparsey_digits.upright(image)
    assert (turned > 0).sum() == 20
    columns = np.flatnonzero(turned[0].any(axis=0))
    assert columns.min() >= 12
    assert columns.max() <= 15
    cells = sparsey_digits.on_off(turned)
    assert cells.shape == (1, 28, 28, 2)
    assert (cells.sum(axis=3) == 1).all()
