"""When two runs of the same command count as equal.

Each rule names one thing that may differ between a run against the cluster and a run through the gateway though both
are right: mostly because the second run happens later, or in a namespace of its own. Whatever no rule names must be
equal, byte for byte. A rule is reviewed like code: add one only for something that the gateway cannot have caused.
"""

import difflib
import re
from dataclasses import dataclass

DURATION = r"(?:\d+[ydhms]){1,2}"
NAME = "[bcdfghjklmnpqrstvwxz2456789]"  # what the API server makes names of


@dataclass(frozen=True)
class Rule:
    what: str
    pattern: re.Pattern
    instead: str


def rule(what, pattern, instead):
    return Rule(what, re.compile(pattern, re.MULTILINE), instead)


RULES = [
    rule("time of day, RFC 3339", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", "TIME"),
    rule("time of day, as describe prints it", r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}", "TIME"),
    rule("time of day, as diff and helm print it", r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [+-]\d{4}(?: UTC)? *", "TIME "),
    rule("time of day, as C prints it", r"\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}", "TIME"),
    rule("the head of a line of klog: time, process, line", r"^([IWEF])\d{4} [\d:.]+ +\d+ ([\w.]+):\d+\]", r"\1 \2]"),
    # It stops while it renews or between two renewals, as it happens.
    rule("a leader that was told to stop while it renewed", r"^E leaderelection\.go\] .*\bcontext canceled\b.*\n", ""),
    # Ages stand in columns, whose width follows the longest.
    rule("age in a column", rf"(?<![\w.\-/]){DURATION}(?: \((?:x\d+ over )?{DURATION}(?: ago)?\))?(?![\w./\-]) *", "AGE "),
    rule("heads of columns of ages", r"\b(AGE|LAST SEEN|LAST SCHEDULE|DURATION|UPDATED|REQUESTEDDURATION) +", r"\1 "),
    rule("version of an object", r"(resourceVersion\\?\"?: ?\\?\"?|resourceVersion=|ResourceVersion: +)\d+", r"\1N"),
    rule("where a list goes on, which tells the version", r"(\"continue\": ?)\"eyJ[\w-]+\"", r'\1"TOKEN"'),
    rule("unique id", r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UID"),
    rule("the random part of a pod's name", rf"(?<=[a-z0-9])-{NAME}{{5}}(?![a-z0-9])", "-XXXXX"),
    rule("a signed token", r"\beyJ[\w-]+\.eyJ[\w-]+\.[\w-]+", "TOKEN"),
    rule("the folder of kubectl diff", r"/tmp/(LIVE|MERGED)-\d+", r"/tmp/\1"),
    rule("kubectl edit's file", r"kubectl-edit-\d+\.yaml", "kubectl-edit.yaml"),
]

# Only where each side made objects of its own.
OWN_OBJECTS = [
    rule("address of a pod or service", r"\b10\.(?:6[4-7]|88|96)\.\d+\.\d+(?: +|\b)", "ADDRESS "),
    rule("port of a node", r"(?<=:)3[0-2]\d{3}(?=/TCP)", "PORT"),
    rule("node that the scheduler chose", r"\bip-10-0-1\d-\d+\.ec2\.internal\b *", "NODE "),
    rule("generation of the cache of signed certificates", r"(?<=certificate: )\S{200,}", "CERTIFICATE"),
]


class Normaliser:
    """The rules, and the names that this run gave: the servers' addresses and the namespaces."""

    def __init__(self, servers, namespaces):
        self.given = [(address, "SERVER") for address in servers] + [(name, "NAMESPACE") for name in namespaces]

    def __call__(self, text, own_objects):
        for name, instead in self.given:
            text = text.replace(name, instead)
        for each in RULES + (OWN_OBJECTS if own_objects else []):
            text = each.pattern.sub(each.instead, text)
        return text


def difference(direct, gateway, limit=40):
    """What a person needs to see of two texts that should be equal; empty when they are."""
    if direct == gateway:
        return ""
    lines = difflib.unified_diff(direct.splitlines(), gateway.splitlines(), "direct", "gateway", "", "", n=1, lineterm="")
    shown = [line[:300] for line in lines]
    return "\n".join(shown[:limit] + (["..."] if len(shown) > limit else [])) or "they differ in line ends only"
