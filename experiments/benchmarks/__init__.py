"""Measurements of neuromem itself: speed, memory and overhead, each in a file that prints what it finds."""
