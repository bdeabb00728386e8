"""Workcenter Lookup: the task pane that Excel and browsers show, its manifest, sign-in and reports."""
