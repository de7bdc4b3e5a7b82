"""The methods of a descent: their options and their formulas.

The options are validated by pydantic as they are. Nothing here imports torch when it is loaded, so
the API process can read the options; the formulas work on the tensors that they are given.
"""
