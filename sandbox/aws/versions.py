"""Which versions of Kubernetes and of the add-ons there are, with the dates that EKS published for them."""

from __future__ import annotations

from datetime import datetime, timezone

# version: patch, platform, release, end of standard support, end of extended support
VERSIONS = {
    "1.36": ("1.36.1", "eks.2", "2026-06-02", "2027-08-02", "2028-08-02"),
    "1.35": ("1.35.0", "eks.1", "2026-01-27", "2027-03-27", "2028-03-27"),
    "1.34": ("1.34.1", "eks.9", "2025-10-02", "2026-12-02", "2027-12-02"),
    "1.33": ("1.33.5", "eks.23", "2025-05-29", "2026-07-29", "2027-07-29"),
    "1.32": ("1.32.9", "eks.30", "2025-01-23", "2026-03-23", "2027-03-23"),
    "1.31": ("1.31.13", "eks.45", "2024-09-26", "2025-11-26", "2026-11-26"),
    "1.30": ("1.30.14", "eks.53", "2024-05-23", "2025-07-23", "2026-07-23"),
    "1.29": ("1.29.15", "eks.57", "2024-01-23", "2025-03-23", "2026-03-23"),
}
DEFAULT = "1.34"

# add-on: type, version by Kubernetes version, newest first
ADDONS = {
    "vpc-cni": ("networking", {
        "v1.20.4-eksbuild.1": ("1.33", "1.34", "1.35", "1.36"),
        "v1.19.5-eksbuild.3": ("1.31", "1.32", "1.33"),
    }),
    "coredns": ("networking", {
        "v1.12.4-eksbuild.1": ("1.34", "1.35", "1.36"),
        "v1.12.1-eksbuild.2": ("1.31", "1.32", "1.33", "1.34"),
    }),
    # A kube-proxy serves the version after its own, too, or no cluster could be upgraded before it.
    "kube-proxy": ("networking", {
        "v1.36.0-eksbuild.1": ("1.36",),
        "v1.35.0-eksbuild.2": ("1.35", "1.36"),
        "v1.34.0-eksbuild.2": ("1.34", "1.35"),
        "v1.33.3-eksbuild.4": ("1.33", "1.34"),
        "v1.32.6-eksbuild.2": ("1.32", "1.33"),
        "v1.31.10-eksbuild.2": ("1.31", "1.32"),
    }),
    "aws-ebs-csi-driver": ("storage", {"v1.50.1-eksbuild.1": ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36")}),
    "eks-pod-identity-agent": ("security", {"v1.3.8-eksbuild.2": ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36")}),
}  # fmt: skip


def moment(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=timezone.utc).timestamp()


def cluster_versions(now: float) -> list[dict]:
    found = []
    for version, (patch, platform, release, standard, extended) in VERSIONS.items():
        status = "STANDARD_SUPPORT" if now < moment(standard) else "EXTENDED_SUPPORT"
        status = status if now < moment(extended) else "UNSUPPORTED"
        found.append({
            "clusterVersion": version,
            "clusterType": "eks",
            "defaultPlatformVersion": platform,
            "defaultVersion": version == DEFAULT,
            "releaseDate": moment(release),
            "endOfStandardSupportDate": moment(standard),
            "endOfExtendedSupportDate": moment(extended),
            "status": status.lower().replace("_", "-"),
            "versionStatus": status,
            "kubernetesPatchVersion": patch,
        })  # fmt: skip
    return found


def addon_versions(kubernetes: str | None) -> list[dict]:
    found = []
    for name, (kind, releases) in ADDONS.items():
        newest: set[str] = set()  # Kubernetes versions whose newest release of the add-on is listed
        listed = []
        for release, supported in releases.items():
            compatibilities = [
                {"clusterVersion": version, "platformVersions": ["*"], "defaultVersion": version not in newest}
                for version in supported
                if kubernetes in (None, version)
            ]
            newest.update(supported)
            if compatibilities:
                listed.append({
                    "addonVersion": release,
                    "architecture": ["amd64", "arm64"],
                    "computeTypes": ["ec2", "auto", "hybrid"] if name != "vpc-cni" else ["ec2"],
                    "compatibilities": compatibilities,
                    "requiresConfiguration": False,
                    "requiresIamPermissions": name in ("vpc-cni", "aws-ebs-csi-driver"),
                })  # fmt: skip
        if listed:
            found.append({"addonName": name, "type": kind, "addonVersions": listed, "publisher": "eks", "owner": "aws",
                          "defaultNamespace": "kube-system"})  # fmt: skip
    return found
