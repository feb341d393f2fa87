"""What the RFCs say, as data: no I/O, no crypto, imports nothing else of the project.

`registries` (numbers), `payloads` (layouts), `terms` and `keying` (formulas), `exchanges` (messages), `guards`,
`table` (the transition table), `validate` (is it what it has to be), `algorithms` and `groups`, `citations`.
"""
