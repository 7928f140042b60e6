"""What holds for every test."""

import os

from hypothesis import settings

# How long a case takes says how busy the machine is, not whether it is right; tests have limits of their own.
# CI judges one commit the same way every time; a developer's run looks for new cases.
settings.register_profile("servicelotsen", deadline=None, derandomize=bool(os.environ.get("REQUIRE_ALL")))
settings.load_profile("servicelotsen")
