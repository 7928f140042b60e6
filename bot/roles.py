"""Who can be invited. On its own, because the command line needs it before anything heavy is imported."""

ROLES = ("moderator", "host", "lecturer", "curator")
"""Every role that a link can be for."""
DESK_ROLES = ("moderator", "host")
"""Those who sit at the desk. A link for one webinar shows its questions only."""
LECTURER_ROLES = ("lecturer",)
"""Those who answer what is followed up later, in writing, and see nothing else. Their link is for one webinar."""
CURATING_ROLES = ("curator", *DESK_ROLES)
"""Those who decide what may become knowledge. A curator sees nothing else."""
ELSEWHERE = "zoom"
"""Who the ledger says answered what was answered in Zoom."""
HOMES = {"moderator": "/moderator", "host": "/moderator", "lecturer": "/forelasare", "curator": "/moderator/forslag"}
"""Role → where its link leads."""
