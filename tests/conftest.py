"""What holds for every test."""

from hypothesis import settings

# How long a case takes says how busy the machine is, not whether it is right; hangs are caught by the tests' own limits.
settings.register_profile("servicelotsen", deadline=None)
settings.load_profile("servicelotsen")
