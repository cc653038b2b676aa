"""A reservoir of leaky integrate-and-fire neurons, item by item: v <- decay v (1 - s) + W_in x + W s."""

from neuromem.kernels.jit import entry


@entry
def run(begin, source, W_in, W, decay, threshold, current, v, spiking, counts):
    """Count the spikes of every neuron for every item.

    begin : int64 (B, T + 1), the events of item b in step t are source[begin[b, t] : begin[b, t + 1]]
    source : int32, inputs; W_in : float32 (inputs, n), W : float32 (n, n), from row to column
    current, v : float32 (n,), spiking : int32 (n,), scratch; counts : int32 (B, n), written
    """
    items, steps = begin.shape[0], begin.shape[1] - 1
    for b in range(items):
        counts[b] = 0
        v[:] = 0
        many = 0
        for t in range(steps):
            current[:] = 0
            for e in range(begin[b, t], begin[b, t + 1]):
                row = W_in[source[e]]
                for j in range(v.shape[0]):
                    current[j] += row[j]
            for e in range(many):
                row = W[spiking[e]]
                for j in range(v.shape[0]):
                    current[j] += row[j]
            many = 0
            for j in range(v.shape[0]):
                v[j] = decay * v[j] + current[j]
                if v[j] >= threshold:
                    counts[b, j] += 1
                    v[j] = 0
                    spiking[many] = j
                    many += 1
