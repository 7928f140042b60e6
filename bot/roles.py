"""Who can be invited. On its own, because the command line needs it before anything heavy is imported."""

ROLES = ("moderator", "host", "lecturer", "curator")
"""Every role that a link can be for."""
DESK_ROLES = ("moderator", "host")
"""Those who sit at the desk; the others' own pages are to come. A link for one webinar shows its questions only."""
