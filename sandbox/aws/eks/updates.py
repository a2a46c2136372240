"""Updates as they are listed and described; whatever changes something later adds one."""

from __future__ import annotations

from .service import cluster_named, found, handles, page, state_of


@handles
def list_updates(region: str, name: str, nodegroupName: str | None = None, addonName: str | None = None,
                 capabilityName: str | None = None, **paging) -> dict:  # fmt: skip
    target = (nodegroupName, addonName)
    updates = state_of(cluster_named(region, name)).updates
    return page("updateIds", [update["id"] for of, update in updates if of == target], **paging)


@handles
def describe_update(region: str, name: str, updateId: str, nodegroupName: str | None = None,
                    addonName: str | None = None, capabilityName: str | None = None) -> dict:  # fmt: skip
    target = (nodegroupName, addonName)
    updates = {update["id"]: update for of, update in state_of(cluster_named(region, name)).updates if of == target}
    return {"update": found(updates, updateId, f"No update found for ID: {updateId}")}
