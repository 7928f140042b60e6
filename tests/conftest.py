"""What holds for every test."""

from hypothesis import settings

# How long a case takes says how busy the machine is, not whether it is right; tests have limits of their own.
settings.register_profile("servicelotsen", deadline=None)
settings.load_profile("servicelotsen")
