#!/usr/bin/env python3
"""Looks for secrets in what the credential chain logs and reports at the debug level: check_secrets.py PROBE CASES.json...

Every case is run once; its secret keys, tokens and files' contents must not be in its log, nor in an error's message,
plain, base64 or percent-encoded.
"""

import base64
import concurrent.futures
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "vectors" / "credchain"))
import fakeaws  # noqa: E402

SECRET = re.compile(
    r"SECRET/\w+\+example|TOKEN/\w+\+//==|sso-(?:old|new)|eyJ\.[\w.]+|IMDS-TOKEN==|\"(?:csec|rt|rt2)\""
)


def forms(secret: str) -> set[str]:
    encoded = base64.b64encode(secret.encode()).decode().rstrip("=")
    return {secret, quote(secret, safe=""), encoded, base64.urlsafe_b64encode(secret.encode()).decode().rstrip("=")}


def secrets_of(case: dict) -> set[str]:
    found = set(SECRET.findall(json.dumps(case).replace("\\", "")))
    for key in re.findall(r"A[KS]IA\w+", json.dumps(case)):
        found |= {fakeaws.secret_for(key), fakeaws.token_for(key)}
    for action in ("AssumeRole", "AssumeRoleWithWebIdentity"):
        for role in re.findall(r"arn:aws:iam::\d+:role/\w+", json.dumps(case)):
            key = fakeaws.issued(action, role)
            found |= {fakeaws.secret_for(key), fakeaws.token_for(key)}
    return {form for secret in found for form in forms(secret.strip('"')) if len(form) > 4}


def run(probe: str, case: dict) -> list[str]:
    fake = fakeaws.Fake(case.get("server")).start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            env = fakeaws.materialise(case, folder, fake.port) | {"EKSGATE_PROBE_MFA": case.get("mfa_code", "")}
            if case.get("profile"):
                env["EKSGATE_PROBE_PROFILE"] = case["profile"]
            done = subprocess.run([probe], env=env, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    finally:
        fake.stop()
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    shown = done.stderr + answer.get("message", "")
    return [f"{case['id']}: shows {secret}" for secret in secrets_of(case) if secret in shown]


def main() -> int:
    cases = [case for file in sys.argv[2:] for case in json.loads(Path(file).read_text())["cases"]]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda case: run(str(Path(sys.argv[1]).resolve()), case), cases))
    for found in results:
        for line in found:
            print(line)
    failed = sum(bool(found) for found in results)
    print(f"{len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
