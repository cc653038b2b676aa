"""Speed and size side by side with Brian2 and NEST: the same work, from their own environments, in one run.

`tasks` says what is simulated, as plain numbers; `networks` and `run` do it with our engine, `peers/` with the others;
`compare` runs all of them by turns. `neuromem bench` is one run of ours, `neuromem compare` the table.
`sweep_overhead` measures what a sweep costs, `emulator_cost` what a chip's emulator costs beside the engine.
"""
