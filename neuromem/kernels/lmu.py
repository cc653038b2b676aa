"""The Legendre memory, step by step: a linear system per channel, and neurons whose spikes have a sign."""

from neuromem.kernels.jit import entry


@entry
def legendre_steps(A, B, u, m, out):
    """m = A m + B u in every step.

    A : float64 (d, d); B : float64 (d,); u : float64 (T, N); m : float64 (N, d), changed; out : float64 (T, N, d),
    m after each step, written
    """
    d = B.size
    for t in range(u.shape[0]):
        for n in range(u.shape[1]):
            row = out[t, n]
            for i in range(d):
                total = B[i] * u[t, n]
                for j in range(d):
                    total += A[i, j] * m[n, j]
                row[i] = total
            for i in range(d):
                m[n, i] = row[i]


@entry
def signed_spikes(x, leak, threshold, v, out):
    """v = leak v + x; a spike of v's sign where |v| >= threshold, then v -= threshold * spike.

    x : float64 (T, N); v : float64 (N,), changed; out : float64 (T, N), -1, 0 or 1, written
    """
    for t in range(x.shape[0]):
        for n in range(x.shape[1]):
            u = leak * v[n] + x[t, n]
            s = (1.0 if u >= threshold else 0.0) - (1.0 if u <= -threshold else 0.0)
            out[t, n] = s
            v[n] = u - threshold * s
