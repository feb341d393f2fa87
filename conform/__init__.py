"""Other implementations judged by the model: captures and key files are read, and walked through the transition table.

`capture` and `keyfiles` read what a user has, `check` judges it, `verdicts` is the report; `pcapwrite` writes captures.
"""
