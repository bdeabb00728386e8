"""The sample company: made from a seed, moving with the clock, with planted facts to be found."""

from millgate.plant.sample.batches import Batch
from millgate.plant.sample.generator import advance, generate

__all__ = ["Batch", "advance", "generate"]
