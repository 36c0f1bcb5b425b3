"""What a score means for the one it judges: where points are lost, what follows from it, and why.

`diagnosis` per indicator, `breakdown` the products, routes, hours … behind it, `standing` what a subject may and may
not do, `statement` all of it as one document. They read tables of a score and rows of events; nothing is scored here.
"""
