"""A Loihi compartment in plain Python integers, after the published rule; shares nothing with the emulator."""


def fade(value, kept):
    """Multiply by kept / 4096, rounding the magnitude down."""
    product = abs(value) * kept // 4096
    return product if value > 0 else -product


def lif(weights, inputs, du, dv, vth, bias_mant, bias_exp, weight_exp, delays, refractory):
    """Lists of lists in, lists of lists out: (spikes, u, v), each steps x n. Registers are lists of n."""
    steps, n_in, n = len(inputs), len(inputs[0]) if inputs else 0, len(du)
    fired = []  # one set of source rows per step, as they are seen when nothing is added to the delay
    u, v, rest = [0] * n, [0] * n, [0] * n
    out = ([], [], [])
    before = []
    for t in range(steps):
        fired.append({i for i in range(n_in) if inputs[t][i]} | {n_in + j for j in before})
        before = []
        for j in range(n):
            total = 0
            for source in range(n_in + n):
                seen = t - delays[source][j]
                if seen >= 0 and source in fired[seen]:
                    total += weights[source][j]
            scaled = total * 2**weight_exp if weight_exp >= 0 else total // 2**-weight_exp
            u[j] = fade(u[j], 4096 - du[j] - 1) + 64 * scaled
            while u[j] >= 2**23:
                u[j] -= 2**24
            while u[j] < -(2**23):
                u[j] += 2**24
            v[j] = fade(v[j], 4096 - dv[j]) + u[j] + bias_mant[j] * 2 ** bias_exp[j]
            v[j] = sorted((-(2**23) + 1, v[j], 2**23 - 1))[1]
            if rest[j] > 0:
                rest[j] -= 1
                v[j] = 0
            elif v[j] > 64 * vth[j]:
                v[j] = 0
                rest[j] = refractory[j] - 1
                before.append(j)
        out[0].append([int(j in before) for j in range(n)])
        out[1].append(list(u))
        out[2].append(list(v))
    return out
