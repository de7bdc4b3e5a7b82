"""The methods of a descent, one file for each: its options and its formula.

The options are validated by pydantic as they are. Nothing here imports torch when it is loaded, so
the API process can read the options; the formulas work on the tensors that they are given.
"""
