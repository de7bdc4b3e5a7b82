"""The exact analysis of a least-squares polynomial: modes, rates and closed form."""
