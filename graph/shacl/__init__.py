"""SHACL at scale: shapes compiled to queries that look at whole sets of things at once, with pySHACL as the reference.

What a shape means is https://www.w3.org/TR/shacl/; where that leaves a choice, the choice is pySHACL's, so that both give the same
results. What cannot be compiled is left to pySHACL, never passed over.
"""
