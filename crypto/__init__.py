"""Cryptographic backends: interpretations, as octets, of the symbols in which the specification writes messages.

`backend` says what a backend is, `registry` finds one by name, `testkit` tries one. Three come with the package:
`openssl` for real handshakes, `seeded` for runs that can be repeated, `symbolic` for runs over formulas. Importing this
package imports none of them, and no cryptographic library.
"""
