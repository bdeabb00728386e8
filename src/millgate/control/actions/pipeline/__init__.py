"""From a request to its envelope: the checks, each in a file of its own, in the one order of `answering`."""
