"""An API described once. Every definition, page and sample is made from this description."""
