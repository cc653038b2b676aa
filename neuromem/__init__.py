"""neuromem: spiking associative memories, described once, run, stored and exported."""
