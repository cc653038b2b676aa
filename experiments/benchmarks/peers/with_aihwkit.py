"""A product of an aihwkit PyTorch tile, and what its devices give: for `crossbar.py`, in aihwkit's interpreter.

`pip install --no-deps aihwkit==1.1.0` beside NumPy, SciPy, requests, tqdm and the CPU build of PyTorch is enough.
"""

import statistics
import time
import warnings


def products(job, meter):
    """CPU seconds of a product at one time, and at a new time with its drift and reading, in one thread."""
    warnings.filterwarnings("ignore")
    import torch
    from aihwkit.inference import PCMLikeNoiseModel
    from aihwkit.nn import AnalogLinear
    from aihwkit.simulator.configs import TorchInferenceRPUConfig

    torch.set_num_threads(1)
    config, size = TorchInferenceRPUConfig(), job["size"]
    config.noise_model = PCMLikeNoiseModel(g_max=25.0)
    config.mapping.max_input_size = config.mapping.max_output_size = size
    layer = AnalogLinear(size, size, bias=False, rpu_config=config).eval()
    x = torch.rand(1, size) * 2 - 1
    with torch.no_grad():
        layer.program_analog_weights()
        layer.drift_analog_weights(3600.0)
        tile = next(iter(layer.analog_tiles())).tile

        def anew(k):
            layer.drift_analog_weights(3600.0 + k)
            tile.forward(x)

        return {
            "same": _seconds(lambda k: tile.forward(x), job["repeats"]),
            "new": _seconds(anew, max(3, job["repeats"] // 10)),
        }


def devices(job, meter):
    """Mean and standard deviation of readings, for every (preset, conductance, time) of the job."""
    warnings.filterwarnings("ignore")
    import torch
    from aihwkit.inference import PCMLikeNoiseModel
    from aihwkit.inference.noise.reram import ReRamCMONoiseModel, ReRamWan2022NoiseModel

    torch.manual_seed(job["seed"])
    models = {
        "pcm-like": PCMLikeNoiseModel(g_max=25.0),
        "reram-wan2022": ReRamWan2022NoiseModel(g_max=40.0),
        "reram-cmo": ReRamCMONoiseModel(g_max=88.199997, g_min=9.0),
    }
    found = []
    for name, g, t in job["points"]:
        model, target = models[name], torch.full((job["draws"],), float(g), dtype=torch.float64)
        programmed = model.apply_programming_noise_to_conductance(target)
        state = model.generate_drift_coefficients(target)
        read = model.apply_drift_noise_to_conductance(programmed, state, t)
        found.append([float(read.mean()), float(read.std())])
    return found


def _seconds(call, repeats):
    call(0)
    seconds = []
    for k in range(repeats):
        start = time.process_time()
        call(k + 1)
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)
