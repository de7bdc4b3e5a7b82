"""The exact analysis of a least-squares polynomial: modes, rates, closed form and optimum."""
