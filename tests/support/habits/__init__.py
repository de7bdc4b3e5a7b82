"""Files of points as programs and spreadsheets write them, made at random from a seed, with the
points that were written.
"""
