"""Simulations of machines that run jobs while clocks, disks and networks fail. A number, the seed,
decides everything that happens, so a violation can be replayed.
"""
