"""The managed layer: match → admit → forward → record."""
