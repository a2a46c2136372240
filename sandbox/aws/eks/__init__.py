"""The operations of EKS that moto lacks or does only by half. What is not here goes to moto."""

from ..planes import Planes
from . import addons, associations, clusters, entries, insights, nodegroups, tags, updates  # noqa: F401
from .service import answer, keep_settling, state_of  # noqa: F401
from .state import COURSES, Course, State  # noqa: F401


def serve(planes: Planes) -> None:
    """Clusters can be made from now on."""
    clusters.PLANES.append(planes)
    keep_settling()


def forget_made() -> None:
    for planes in clusters.PLANES:
        clusters.forget_made(planes)
