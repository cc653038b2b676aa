"""Scripts that run in the environment of another simulator; they import nothing of ours.

`python -P entry.py MODULE FUNCTION < job.json` runs a function of the script MODULE.py and prints its answer as JSON.
"""
