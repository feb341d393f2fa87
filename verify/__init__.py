"""The place of the symbolic search for attacks: it reads the exchanges of `isakmp.spec`, as everything else does.

What can be verified of the tables alone (total, deterministic, reachable) stands in `isakmp.spec.validate`.
"""
