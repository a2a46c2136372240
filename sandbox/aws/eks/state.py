"""What a cluster has beside moto's node groups and Fargate profiles, and what is being done to it."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from ..access import Access
from ..planes import Plane

Target = tuple  # (node group or None, add-on or None): both None is the cluster itself


@dataclass
class Course:
    """How an operation goes on that is not done with its answer: for how long, and whether it fails in the end.

    `operation` is `eks:CreateNodegroup` or `*`. `resource` narrows it to the cluster, node group or add-on of that
    name. Without a `count` it holds until it is taken back; without a `code` all ends well.
    """

    operation: str
    seconds: float = 0
    resource: str | None = None
    count: int | None = None
    code: str | None = None
    message: str = "This failure was ordered at /sandbox/slow."

    def issue(self, of: str) -> dict:
        """As the health of what failed tells it."""
        return {"code": self.code, "message": self.message, "resourceIds": [of]}


class Courses:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ordered: list[Course] = []

    def add(self, course: Course) -> None:
        """The last one counts."""
        with self.lock:
            self.ordered.insert(0, course)

    def clear(self) -> None:
        with self.lock:
            self.ordered.clear()

    def shown(self) -> list[dict]:
        with self.lock:
            return [vars(course) for course in self.ordered]

    def take(self, operation: str, *names: str) -> Course:
        with self.lock:
            for course in self.ordered:
                if course.operation in (operation, "*") and course.resource in (None, *names):
                    if course.count is not None:
                        course.count -= 1
                        if course.count <= 0:
                            self.ordered.remove(course)
                    return course
        return Course(operation)


COURSES = Courses()


@dataclass
class Work:
    """Something that is under way, until it is due and ready."""

    of: Target
    due: float
    course: Course
    done: Callable[[Course], None]
    ready: Callable[[Course], bool] = lambda _: True  # what it waits for beside time


@dataclass
class State:
    """Objects as AWS shows them."""

    access: Access = field(default_factory=Access)
    addons: dict[str, dict] = field(default_factory=dict)
    insights: dict[str, dict] = field(default_factory=dict)
    associations: dict[str, dict] = field(default_factory=dict)
    updates: list[tuple[Target, dict]] = field(default_factory=list)
    plane: Plane | None = None  # of a cluster that was made by a call
    work: list[Work] = field(default_factory=list)

    def begin(self, of: Target, operation: str, names: tuple, done: Callable[[Course], None],
              ready: Callable[[Course], bool] = lambda _: True) -> None:  # fmt: skip
        course = COURSES.take(operation, *names)
        self.work.append(Work(of, time.time() + course.seconds, course, done, ready))

    def settle(self) -> None:
        for work in [work for work in self.work if work.due <= time.time() and work.ready(work.course)]:
            self.work.remove(work)
            work.done(work.course)

    def is_busy(self, of: Target) -> bool:
        return any(work.of == of for work in self.work)

    def begin_update(self, of: Target, operation: str, names: tuple, kind: str, params: dict,
                     done: Callable[[bool], None]) -> dict:  # fmt: skip
        """An update, newest first as EKS lists them; `done` is told whether it ended well."""
        update = {
            "id": str(uuid.uuid4()),
            "status": "InProgress",
            "type": kind,
            "params": [{"type": name, "value": value} for name, value in params.items()],
            "createdAt": time.time(),
            "errors": [],
        }

        def end(course: Course) -> None:
            update["status"] = "Failed" if course.code else "Successful"
            if course.code:
                update["errors"] = [
                    {"errorCode": course.code, "errorMessage": course.message, "resourceIds": list(names[-1:])}
                ]
            done(not course.code)

        self.updates.insert(0, (of, update))
        self.begin(of, operation, names, end)
        return dict(update)
