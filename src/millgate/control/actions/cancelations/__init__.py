"""Canceling and reinstating: the record, and what it does to a plant or a subscription.

A plant is another database, so a record goes through three steps: what is to be done is written down, the
plant is changed, the record is settled. `finishing` does the second and third, for whoever wrote the first
and for whoever finds it left behind. What the plant decides it decides once: `plant.writing.cancelations`.
"""
