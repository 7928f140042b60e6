"""Who can be invited. On its own, because the command line needs it before anything heavy is imported."""

ROLES = ("moderator", "host")
"""Those whose link leads somewhere: both sit at the desk. A link for one webinar shows its questions only."""
