"""What is exact for a least-squares polynomial: modes, rates, closed form and optimum."""
