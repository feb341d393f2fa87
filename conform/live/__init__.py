"""The conformance suite: cases derived from the table and the layouts, run against a live implementation.

A case sends what the model's own peer would send, with one deviation, and says which reactions the documents allow.
"""
