"""Who changed what, when and from where: one entry for every change of what people decide."""
