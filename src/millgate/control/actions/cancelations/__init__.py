"""Canceling and reinstating: the record in the control database, and what it does to a plant or a subscription.

A plant is another database, so a record goes through three steps: what is to be done is written down, the
plant is changed, the record is settled. `finishing` does the second and third, for whoever wrote the first and
for whoever finds it left behind; the plant itself decides once and for all (`plant.writing.cancelations`).
"""
