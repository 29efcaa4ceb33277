"""Checks rendered manifests against Kubernetes' own schemas (strict: no unknown field) and our rules.

Usage: check_manifests.py VERSION… -- FILE…
"""

import pathlib
import re
import sys

import kubernetes_validate
import yaml

# The program refuses a setting it does not know, so the chart may name no other: the table of keys is read.
KEYS = pathlib.Path("platform/src/config/keys.rs").read_text(encoding="utf-8")
SETTINGS = {f"TUNEMANTRA_{key.upper()}": kind for kind, key in re.findall(r'^    (text|secret|number)\(\s*"(\w+)"', KEYS, re.M)}
PROBES = {"startupProbe": "/startupz", "readinessProbe": "/readyz", "livenessProbe": "/livez"}


def pods(documents):
    """The pod templates, each with the object it belongs to."""
    return [(doc, doc["spec"]["template"]) for doc in documents if "template" in doc.get("spec", {})]


def hardening(doc, pod):
    """What the platform promises about every pod."""
    spec = pod["spec"]
    yield "runs as root", spec["securityContext"].get("runAsNonRoot") is True
    yield "has no seccomp profile", spec["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
    yield "mounts a token", spec.get("automountServiceAccountToken") is False
    for container in spec["containers"]:
        context = container["securityContext"]
        yield "writable root file system", context["readOnlyRootFilesystem"] is True
        yield "may gain privileges", context["allowPrivilegeEscalation"] is False
        yield "keeps capabilities", context["capabilities"] == {"drop": ["ALL"]}
        yield "image without version", not container["image"].endswith((":", ":latest")) and ":" in container["image"]
        yield "no memory bound", "memory" in container["resources"]["limits"]
        if doc["kind"] == "Deployment":
            for probe, path in PROBES.items():
                yield f"{probe} is not {path} on the management port", container[probe]["httpGet"] == {
                    "path": path,
                    "port": "management",
                }


def settings(doc, pod):
    """Settings exist; secret ones come from the Secret; the owner's address reaches the migration alone."""
    env = [entry for container in pod["spec"]["containers"] for entry in container.get("env", [])]
    for entry in env:
        name, from_secret = entry["name"], "secretKeyRef" in entry.get("valueFrom", {})
        yield f"{name} is no setting of the program", name in SETTINGS
        yield f"{name} stands in clear", from_secret == (SETTINGS.get(name) == "secret")
    names = {entry["name"] for entry in env}
    owner = "TUNEMANTRA_DATABASE_URL_OWNER" in names
    yield "the owner's address in the wrong place", owner == (doc["kind"] == "Job")
    serving = {f"TUNEMANTRA_DATABASE_URL_{role}" for role in ("APP", "WORKER", "SYSTEM", "BULK")}
    yield "not every role has its address", serving <= names


def wiring(documents):
    """Names and selectors that must meet."""
    labels = [pod["metadata"]["labels"] for _, pod in pods(documents)]
    kinds = {(doc["kind"], doc["metadata"]["name"]) for doc in documents}
    yield "two objects of one kind and name", len(kinds) == len(documents)
    for doc in documents:
        spec, name = doc.get("spec", {}), f"{doc['kind']}/{doc['metadata']['name']}"
        yield f"{name}: the name is too long", len(doc["metadata"]["name"]) <= 63
        for key in doc["data"] if doc["kind"] == "ConfigMap" else ():
            yield f"{name}: {key} is no setting of the program", SETTINGS.get(key) in ("text", "number")
        wanted = spec.get("podSelector") or spec.get("selector")
        if wanted:
            wanted = wanted.get("matchLabels", wanted)
            matches = [have for have in labels if wanted.items() <= have.items()]
            yield f"{name} selects {len(matches)} pod templates", len(matches) == 1
        if doc["kind"] == "HorizontalPodAutoscaler":
            target = spec["scaleTargetRef"]
            yield f"{name} scales nothing", (target["kind"], target["name"]) in kinds
            yield f"{name}: most below least", spec["maxReplicas"] >= spec["minReplicas"]
    for doc, pod in pods(documents):
        if doc["kind"] == "Job":
            hooks = doc["metadata"]["annotations"]["helm.sh/hook"]
            yield "the migration is not before install and upgrade", hooks == "pre-install,pre-upgrade"
            own = {(kind, name) for kind, name in kinds if kind in ("ConfigMap", "ServiceAccount")}
            text = yaml.safe_dump(pod)
            yield "the migration needs what does not exist yet", not (
                "envFrom" in text or any(("serviceAccountName: " + name) in text for _, name in own)
            )


def check(path, versions):
    """Every broken rule of one rendered file, as text."""
    with open(path, encoding="utf-8") as text:
        documents = [doc for doc in yaml.safe_load_all(text) if doc]
    broken = []
    for doc in documents:
        for version in versions:
            try:
                kubernetes_validate.validate(doc, version, strict=True)
            except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
                where = "/".join(str(part) for part in getattr(error, "path", []))
                broken.append(f"{doc['kind']}/{doc['metadata']['name']} (Kubernetes {version}) {where}: {error.message}")
    for doc, pod in pods(documents):
        found = [*hardening(doc, pod), *settings(doc, pod)]
        broken += [f"{doc['kind']}/{doc['metadata']['name']}: {rule}" for rule, holds in found if not holds]
    broken += [rule for rule, holds in wiring(documents) if not holds]
    return len(documents), [f"{path}: {text}" for text in broken]


def main(arguments):
    """Prints what is broken, or how much was checked."""
    cut = arguments.index("--")
    versions, paths = arguments[:cut], arguments[cut + 1 :]
    results = [check(path, versions) for path in paths]
    broken = [text for _, texts in results for text in texts]
    print(*broken, sep="\n", end="\n" if broken else "", file=sys.stderr)
    count = sum(number for number, _ in results)
    print(f"helm: {count} manifests of {len(paths)} installations checked against Kubernetes {', '.join(versions)}")
    return 1 if broken or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
