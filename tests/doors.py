"""Doors for the tests to kernels that only other kernels call; `compiled.py` loads this text as a module."""

from neuromem.kernels import (
    barrier,
    calcium,
    connect,
    deferred,
    deliver,
    hebb,
    immediate,
    philox,
    poisson,
    smooth,
    sources,
    spins,
    streamed,
    traces,
    transfer,
    variates,
)
from neuromem.kernels.jit import entry
from neuromem.kernels.layout import STREAMED


@entry
def rounds(thread, threads, count, place, at):
    """Meet `count` times; before each meeting write its number to at[thread]. Returns how often another was off.

    After meeting k all others have written k, and can have written k + 1 at most.
    """
    off = 0
    for k in range(1, count + 1):
        at[thread] = k
        barrier.meet(place, threads)
        for other in range(threads):
            off += not k <= at[other] <= k + 1
    return off


@entry
def words(counter, key, seed, obj, block, step, out):
    """One Philox call and one block."""
    philox.fill_words(seed, obj, block, step, out)
    return philox.philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1])


@entry
def heat_bath(costs, beta, words, out):
    """Whether spins turn."""
    for i in range(costs.size):
        out[i] = spins.turns(costs[i], beta, words[i])


@entry
def logarithms(given, out):
    for i in range(given.size):
        out[i] = variates.log_uniform(given[i])


@entry
def smooth_exp(given, out):
    for i in range(given.size):
        out[i] = smooth.exp(given[i])


@entry
def smooth_expm1(given, out):
    for i in range(given.size):
        out[i] = smooth.expm1(given[i])


@entry
def smooth_log(given, out):
    for i in range(given.size):
        out[i] = smooth.log(given[i])


@entry
def times_power(out, base, power):
    smooth.times_power(out, base, power)


@entry
def fill_mu(G, path, rule, space):
    transfer.fill_mu(G, path, rule, space)


@entry
def row(law, number, low, high, out):
    return connect.bernoulli_row(law, number, low, high, out, 0)


@entry
def below(words, others, bound, out):
    for i in range(words.size):
        out[i] = connect.below(words[i], others[i], bound)


@entry
def arrive(parts, step, populations, spiking, neurons, synapses):
    for q in range(parts):
        deliver.arrive(q, step, populations, spiking, neurons, synapses)


@entry
def arrive_drawn(parts, step, seed, populations, spiking, neurons, synapses, chance):
    for q in range(parts):
        deliver.arrive_drawn(q, step, seed, populations, q, spiking, neurons, synapses, chance)


@entry
def send_all(parts, step, populations, spiking, neurons, synapses):
    for q in range(parts):
        deliver.send_all(q, step, populations, spiking, neurons, synapses)


@entry
def emit_array(step, events, ids):
    return sources.emit_array(0, step, events, ids)


@entry
def emit_poisson(r, step, seed, table, constants, words, ids):
    return sources.emit_poisson(r, step, seed, table, constants, words, ids)


@entry
def add_poisson(seed, noise, block, step, chance, arrived):
    sources.add_poisson(seed, noise, block, step, 0, chance, arrived)


@entry
def poisson_numbers(means, uniforms, out):
    for i in range(out.size):
        out[i] = poisson.poisson(means[i], uniforms[i])


@entry
def pair(weight, begin, last, trace, delay, upto, numbers, plastic):
    """(potentiated, depressed) of one synapse onto post neuron 0 under the deferred rule."""
    up = deferred.potentiate(weight, begin, last, trace, delay, upto, numbers, 0, plastic)
    return up, deferred.depress(weight, upto, delay, numbers, 0, plastic)


@entry
def fade(faded, begin, end, factor):
    traces.fade(faded, begin, end, factor)


@entry
def learn(kind, parts, step, longest, spiking, neurons, synapses, plastic):
    """One step of STDP on two populations: 0 deferred, 1 immediate by columns, 2 immediate by rows."""
    for q in range(parts):
        if kind == 0:
            deferred.deferred(q, step, 2, longest, spiking, neurons, synapses, plastic)
        else:
            synapses.table[q, STREAMED] = kind == 2
            immediate.immediate(q, step, 2, plastic.past[q], spiking, neurons, synapses, plastic)


@entry
def settle(kind, q, step, longest, posts, synapses, plastic):
    if kind == 0:
        deferred.flush_deferred(q, step, longest, posts, synapses, plastic)
    elif kind == 2:
        streamed.flush_streamed(q, step, posts, plastic.past[q], synapses, plastic)


@entry
def rewrite(incoming, step, spiking, neurons, synapses, plastic):
    """One step of one-shot Hebb, with the marks that it reads."""
    hebb.mark(step, 1, spiking, neurons)
    if incoming:
        hebb.hebb_incoming(0, step, spiking, neurons, synapses, plastic)
    else:
        hebb.hebb_outgoing(0, step, spiking, neurons, synapses)
    hebb.mark(step, 0, spiking, neurons)


@entry
def calcium_steps(now, fluxes, dt, count):
    """(calcium, h, IP3) after so many steps."""
    for _ in range(count):
        now = calcium.advance(now, fluxes, dt)
    return now
