"""Charts without a plotting library: `scales` and `axes` place, `plots` draws marks, `shapes` says
of what, `svg` and `png` write them. Deterministic: the same table gives the same bytes. Called by
`agents.tables.charting`.
"""
