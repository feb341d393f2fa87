"""What the RFCs say, as data: no I/O, no crypto, imports nothing else of the project.

`registries` and `naming` (numbers), `payloads` (layouts), `limits`, `algorithms` and `groups`, `sorts`, `terms` and
`keying` (formulas), `exchanges` (messages), `guards` (checks), `table` (the transition table), `validate` (is it what
it has to be), `citations`.
"""
