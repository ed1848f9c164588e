#!/usr/bin/env python3
"""Turns the table of collected advisories into `advisories/ai.tsv`, the compact file that aispm embeds.

    advisories.py COLLECTED.tsv > advisories/ai.tsv

A row that cannot be mapped to a package, or whose ranges cannot be read, is dropped and counted on standard error: an
advisory that we are not sure of must not become a claim.
"""

import csv
import re
import sys

# Products of the AI-Infra-Guard feed and the packages people install them as. Products that are no package are left out.
PRODUCTS = {
    "anythingllm": ["docker/docker.io/mintplexlabs/anythingllm"],
    "astrbot": ["pypi/astrbot"],
    "bentoml": ["pypi/bentoml"],
    "crawl4ai": ["pypi/crawl4ai"],
    "crewai": ["pypi/crewai"],
    "dask": ["pypi/dask"],
    "dify": ["docker/docker.io/langgenius/dify-api"],
    "fastchat": ["pypi/fschat"],
    "feast": ["pypi/feast"],
    "flowise": ["npm/flowise", "docker/docker.io/flowiseai/flowise"],
    "gradio": ["pypi/gradio"],
    "guardrails-ai": ["pypi/guardrails-ai"],
    "huggingface-tgi": ["docker/ghcr.io/huggingface/text-generation-inference"],
    "instructlab": ["pypi/instructlab"],
    "jupyter-notebook": ["pypi/notebook"],
    "jupyter-server": ["pypi/jupyter-server"],
    "jupyterlab": ["pypi/jupyterlab"],
    "langchain": ["pypi/langchain"],
    "langflow": ["pypi/langflow", "docker/docker.io/langflowai/langflow"],
    "langroid": ["pypi/langroid"],
    "librechat": ["docker/ghcr.io/danny-avila/librechat"],
    "lightrag": ["pypi/lightrag-hku"],
    "litellm": ["pypi/litellm"],
    "llamafactory": ["pypi/llamafactory"],
    "lmdeploy": ["pypi/lmdeploy"],
    "localai": ["docker/docker.io/localai/localai"],
    "lollms": ["pypi/lollms"],
    "marimo": ["pypi/marimo"],
    "mcp-server-kubernetes": ["npm/mcp-server-kubernetes"],
    "mlflow": ["pypi/mlflow"],
    "n8n": ["npm/n8n", "docker/docker.io/n8nio/n8n"],
    "n8n-mcp": ["npm/n8n-mcp"],
    "network-ai": ["npm/network-ai"],
    "nvidia-trt-llm": ["pypi/tensorrt-llm"],
    "ollama": ["docker/docker.io/ollama/ollama"],
    "open-webui": ["pypi/open-webui", "docker/ghcr.io/open-webui/open-webui"],
    "openclaw": ["npm/openclaw"],
    "openwebui": ["pypi/open-webui", "docker/ghcr.io/open-webui/open-webui"],
    "pipecat": ["pypi/pipecat-ai"],
    "praisonai": ["pypi/praisonai"],
    "ragflow": ["docker/docker.io/infiniflow/ragflow"],
    "ray": ["pypi/ray", "docker/docker.io/rayproject/ray"],
    "sglang": ["pypi/sglang"],
    "tensorrt-llm": ["pypi/tensorrt-llm"],
    "triton-inference-server": [],  # its images count by calendar, its advisories by server version
    "upsonic": ["pypi/upsonic"],
    "vllm": ["pypi/vllm", "docker/docker.io/vllm/vllm-openai"],
    "xinference": ["pypi/xinference"],
}

# The feed names a product where the advisory names one of its packages: what the advisories themselves say.
# An empty list drops the row.
CORRECTIONS = {
    ("langchain", "CVE-2024-0968"): [],
    ("langchain", "CVE-2024-2057"): [],
    ("langchain", "CVE-2024-27444"): [],
    ("langchain", "CVE-2025-46059"): [],
    ("langchain", "CVE-2025-6853"): [],
    ("langchain", "CVE-2025-6854"): [],
    ("langchain", "CVE-2025-6855"): [],
    ("langchain", "CVE-2024-10940"): [("pypi/langchain-core", None)],
    ("langchain", "CVE-2024-1455"): [("pypi/langchain-core", None)],
    ("langchain", "CVE-2024-21513"): [("pypi/langchain-experimental", ">=0.0.15,<0.0.21")],
    ("langchain", "CVE-2024-2965"): [("pypi/langchain-community", None), ("pypi/langchain", None)],
    ("langchain", "CVE-2024-3095"): [("pypi/langchain-community", None)],
    ("langchain", "CVE-2024-38459"): [("pypi/langchain-experimental", None)],
    ("langchain", "CVE-2024-46946"): [("pypi/langchain-experimental", None)],
    ("langchain", "CVE-2024-5998"): [("pypi/langchain-community", None)],
    ("langchain", "CVE-2024-7042"): [("npm/@langchain/community", None)],
    ("langchain", "CVE-2024-7774"): [("npm/langchain", None)],
    ("langchain", "CVE-2024-8309"): [("pypi/langchain-community", "<0.2.19")],
    ("langchain", "CVE-2025-2828"): [("pypi/langchain-community", None)],
    ("langchain", "CVE-2025-56265"): [("npm/n8n", None)],
    ("langchain", "CVE-2025-58177"): [("npm/n8n", None)],
    ("langchain", "CVE-2025-64104"): [("pypi/langgraph-checkpoint-sqlite", None)],
    ("langchain", "CVE-2025-64439"): [("pypi/langgraph-checkpoint", None)],
    ("langchain", "CVE-2025-65106"): [("pypi/langchain-core", "<0.3.80 || >=1.0.0,<1.0.7")],
    ("langchain", "CVE-2025-67644"): [("pypi/langgraph-checkpoint-sqlite", None)],
    ("langchain", "CVE-2025-68664"): [("pypi/langchain-core", "<0.3.81 || >=1.0.0,<1.2.5")],
    ("langchain", "CVE-2025-68665"): [
        ("npm/@langchain/core", "<0.3.80 || >=1.0.0,<1.1.8"),
        ("npm/langchain", "<0.3.37 || >=1.0.0,<1.2.3"),
    ],
    ("langchain", "CVE-2025-6984"): [("pypi/langchain-community", None)],
    ("langchain", "CVE-2025-6985"): [("pypi/langchain-text-splitters", None)],
    ("langchain", "CVE-2025-8709"): [("pypi/langgraph-checkpoint-sqlite", None)],
    ("langchain", "CVE-2026-44843"): [("pypi/langchain-core", None)],
    ("jupyter-notebook", "CVE-2025-53000"): [("pypi/nbconvert", None)],
    ("jupyter-server", "CVE-2022-21697"): [("pypi/jupyter-server-proxy", None)],
    ("jupyter-server", "CVE-2024-22415"): [("pypi/jupyter-lsp", None)],
    ("jupyter-server", "CVE-2024-28179"): [("pypi/jupyter-server-proxy", None)],
    ("jupyter-server", "CVE-2024-28188"): [("pypi/jupyter-scheduler", None)],
    ("jupyter-server", "CVE-2025-30167"): [("pypi/jupyter-core", None)],
    ("jupyter-server", "CVE-2026-44180"): [],
    ("jupyter-server", "CVE-2026-59831"): [],
    ("jupyterlab", "CVE-2021-41247"): [("pypi/jupyterhub", None)],
    ("jupyterlab", "CVE-2024-35225"): [("pypi/jupyter-server-proxy", None)],
    ("jupyterlab", "CVE-2024-43805"): [
        ("pypi/jupyterlab", "<3.6.8 || >=4.0.0,<4.2.5"),
        ("pypi/notebook", ">=7.0.0,<7.2.2"),
    ],
    ("jupyterlab", "CVE-2025-30370"): [("pypi/jupyterlab-git", None)],
    ("mlflow", "CVE-2026-22607"): [("pypi/fickling", None)],
    ("open-webui", "CVE-2024-30256"): [],
    ("ray", "CVE-2026-15080"): [],
}
NOT_AI = {"pyload-ng", "clickhouse"}
ID = re.compile(r"(CVE-\d{4}-\d+|GHSA-[0-9a-z-]+|PYSEC-\d{4}-\d+|SUPPLY-CHAIN-[0-9A-Z-]+)$")
VERSION = re.compile(r"v?(\d+(?:\.\d+)*(?:[.-]?(?:a|b|rc|alpha|beta|dev|post)[.-]?\d*)*(?:-\d+)?)$")


def version(text):
    m = VERSION.match(text.strip().lower())
    return m.group(1) if m and len(m.group(1)) < 24 else None


def pypa(ranges):
    """`introduced=0 fixed=2.1 introduced=2.2 fixed=2.3` as `<2.1 || >=2.2,<2.3`."""
    out, lower = [], None
    for event in ranges.split():
        what, _, at = event.partition("=")
        if what == "introduced":
            if lower is not None:
                return None
            lower = "" if at == "0" else f">={at}"
        elif what in ("fixed", "last_affected") and lower is not None:
            op = "<" if what == "fixed" else "<="
            out.append(",".join(filter(None, [lower, f"{op}{at}"])))
            lower = None
        else:
            return None
    if lower:
        out.append(lower)  # no fix known
    elif lower == "":
        return None  # every version, for ever
    return " || ".join(out) or None


def product(ranges):
    """`version > "0" && version < "3.0"` as `<3.0`; `None` where any part cannot be read."""
    out = []
    for part in ranges.replace("(", "").replace(")", "").split("||"):
        bounds = []
        for term in part.split("&&"):
            m = re.match(r'\s*version\s*(>=|<=|==|=|<|>)\s*"([^"]*)"\s*$', term)
            at = version(m.group(2)) if m else None
            if at is None:
                return None
            op = "==" if m.group(1) == "=" else m.group(1)
            if op in (">", ">=") and re.fullmatch(r"[0.]+", at):
                continue
            bounds.append(op + at)
        if not bounds:
            return None  # every version, for ever
        out.append(",".join(bounds))
    if sum(not part.startswith((">", "==")) for part in out) > 1:
        return None  # ranges of several packages run together
    return " || ".join(out) or None


def cvss3(vector):
    """Base score of CVSS 3.0/3.1 (specification, section 7.1) as a severity."""
    m = dict(p.split(":", 1) for p in vector.split("/") if ":" in p)
    try:
        changed = m["S"] == "C"
        av = {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2}[m["AV"]]
        ac = {"L": 0.77, "H": 0.44}[m["AC"]]
        pr = {"N": 0.85, "L": 0.68 if changed else 0.62, "H": 0.5 if changed else 0.27}[m["PR"]]
        ui = {"N": 0.85, "R": 0.62}[m["UI"]]
        c, i, a = ({"H": 0.56, "L": 0.22, "N": 0.0}[m[k]] for k in "CIA")
    except KeyError:
        return "unknown"
    iss = 1 - (1 - c) * (1 - i) * (1 - a)
    impact = 7.52 * (iss - 0.029) - 3.25 * (iss - 0.02) ** 15 if changed else 6.42 * iss
    raw = impact + 8.22 * av * ac * pr * ui
    score = 0 if impact <= 0 else min(10, (1.08 if changed else 1) * raw)
    rounded = -(-round(score * 100000) // 10000) / 10
    for least, word in ((9.0, "critical"), (7.0, "high"), (4.0, "medium"), (0.1, "low")):
        if rounded >= least:
            return word
    return "unknown"


def severity(text):
    text = text.strip().strip('"')
    if text.startswith("CVSS:3"):
        return cvss3(text)
    return text.lower() if text.lower() in ("critical", "high", "medium", "low") else "unknown"


def placed(row):
    """The (package, ranges) pairs a row stands for."""
    name = row["package"]
    if row["ecosystem"] == "PyPI":
        ranges = pypa(row["affected_ranges"])
        return [("pypi/" + re.sub(r"[-_.]+", "-", name).lower(), ranges)] if ranges else []
    if row["ecosystem"] != "product":
        return []
    ranges = product(row["affected_ranges"])
    key = "open-webui" if name.lower() == "openwebui" else name.lower()
    if (fix := CORRECTIONS.get((key, row["id"]))) is not None:
        return [(p, r or ranges) for p, r in fix if r or ranges]
    packages = PRODUCTS.get(key, [])
    if key == "praisonai" and ranges and re.search(r"<=?[01]\.", ranges):
        packages = ["pypi/praisonaiagents"]  # counts from 0 and 1; the command-line package was at 2 by then
    return [(p, ranges) for p in packages] if ranges else []


def main():
    rows, seen, dropped = {}, set(), 0
    with open(sys.argv[1], newline="") as f:
        table = list(csv.DictReader(f, delimiter="\t"))
    # PyPA first: where both tell of one CVE, its ranges are the better ones.
    for row in sorted(table, key=lambda r: (r["ecosystem"] != "PyPI", r["id"])):
        if row["package"].lower() in NOT_AI or not ID.match(row["id"]):
            dropped += 1
            continue
        aliases = sorted(a for a in row["aliases"].split("|") if ID.match(a))
        source = "pypa" if row["ecosystem"] == "PyPI" else "aig"
        pairs = placed(row)
        dropped += not pairs
        for package, ranges in pairs:
            if not package.startswith("pypi/") and not all(
                re.fullmatch(r"[<>=]+\d+(\.\d+){0,2}(-[0-9a-z.-]+)?", bound) for bound in re.split(r"[|, ]+", ranges)
            ):
                dropped += 1  # no semantic version
                continue
            ids = {row["id"], *aliases}
            if any((package, i) in seen for i in ids):
                continue
            seen.update((package, i) for i in ids)
            key = (row["id"], " ".join(aliases), ranges, severity(row["severity"]), source)
            rows.setdefault(key, set()).add(package)
    print("# Written by crates/aispm-packages/scripts/advisories.py; credits in README.md.")
    print("# id\taliases\tpackages\taffected\tseverity\tsource")
    for (i, aliases, ranges, sev, source), packages in sorted(rows.items()):
        print("\t".join((i, aliases, " ".join(sorted(packages)), ranges, sev, source)))
    print(f"{len(rows)} advisories, {dropped} rows dropped", file=sys.stderr)


main()
