"""Everything with a page, a form or a row. Pages decide; what they decide reaches machines by publishing."""
