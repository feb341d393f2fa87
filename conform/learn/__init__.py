"""Learned models: the state machine that a live responder has, beside the one that the table gives.

Messages of the table are the inputs, the kinds of datagrams that come back the outputs. AALpy learns the Mealy machine
that explains the answers (Angluin, Learning regular sets from queries and counterexamples, 1987, in the form that
Kearns and Vazirani gave it in 1994).
"""
