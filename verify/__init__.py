"""The symbolic search for attacks: a bounded number of sessions, a Dolev-Yao intruder, an answer set solver.

An exchange of `isakmp.spec` becomes a protocol (`models`), a protocol the facts of its roles (`scripts`), the facts and
`theory.lp` a program that is asked for claims (`search`); an answer is an attack, put in order and told (`trace`). Many
questions go to processes (`jobs`) or to a cluster (`cluster`), and answers are remembered (`cache`). What can be
verified of the tables alone (total, deterministic, reachable) stands in `isakmp.spec.validate`.
"""
