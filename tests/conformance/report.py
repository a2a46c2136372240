"""What a run leaves: a line a row, a JUnit file, a small text file for docs/results."""

import os
import platform
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

LOCK = threading.Lock()


def line(outcome):
    text = f"{outcome.result:7} {outcome.row.name}  {outcome.row.title}"
    if outcome.result == "ok":
        if outcome.row.gateway_says:
            text += f" (the gateway alone: {outcome.row.why})"
        return f"{text} ({outcome.seconds:.1f} s)"
    if outcome.result == "SKIPPED":
        return f"{text}: {outcome.text}"
    return text


def say(outcome):
    with LOCK:
        print(line(outcome), flush=True)
        if outcome.result == "FAILED":
            print("    " + outcome.text.rstrip().replace("\n", "\n    "), flush=True)
    return outcome


def machine():
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}, {platform.machine()}"


def junit(outcomes, name, path):
    suite = ElementTree.Element("testsuite", name=name, tests=str(len(outcomes)))
    for outcome in outcomes:
        case = ElementTree.SubElement(
            suite, "testcase", name=f"{outcome.row.name} {outcome.row.title}", time=f"{outcome.seconds:.3f}"
        )
        if outcome.result == "SKIPPED":
            ElementTree.SubElement(case, "skipped", message=outcome.text)
        elif outcome.result == "FAILED":
            ElementTree.SubElement(case, "failure").text = outcome.text.encode("ascii", "backslashreplace").decode()
    ElementTree.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)


def finish(outcomes, options, seconds):
    outcomes.sort(key=lambda outcome: outcome.row.name)
    skipped = [outcome for outcome in outcomes if outcome.result == "SKIPPED"]
    failed = [outcome for outcome in outcomes if outcome.result == "FAILED"]
    closing = f"{len(outcomes) - len(skipped)} run, {len(skipped)} skipped"
    if failed:
        closing += f", {len(failed)} FAILED: {' '.join(outcome.row.name for outcome in failed)}"
    if os.environ.get("EKSGATE_RESULTS"):
        junit(outcomes, options.name, Path(os.environ["EKSGATE_RESULTS"]) / f"{options.name}.xml")
    if options.results:
        head = f"make conformance, {time.strftime('%Y-%m-%d', time.gmtime())}, {seconds:.0f} s\n{machine()}\n\n"
        options.results.parent.mkdir(parents=True, exist_ok=True)
        options.results.write_text(head + "".join(line(outcome) + "\n" for outcome in outcomes) + f"\n{closing}\n")
    print(f"{closing} ({seconds:.0f} s)", file=sys.stdout, flush=True)
    return 1 if failed else 0
