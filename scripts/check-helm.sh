#!/usr/bin/env bash
# Renders the chart as Helm would and checks what comes out, without a cluster and without Helm.
#
# accepted: values pass values.schema.json, the manifests pass Kubernetes' schemas and our own rules.
# refused:  values.schema.json refuses them, and names the place that the file's first line announces.
set -euo pipefail
cd "$(dirname "$0")/.."

kubernetes_versions=(1.30 1.37) # the oldest that Chart.yaml allows, and the newest known here
work=target/helm
mkdir -p "$work"

# The renderer: Go, with the libraries that Debian packages (no module download).
render=$work/render
if [ ! -x "$render" ] || [ scripts/helm-render/main.go -nt "$render" ]; then
    (cd scripts/helm-render && GO111MODULE=off GOPATH=/usr/share/gocode GOFLAGS='' go build -o "../../$render" .)
fi

# The validators, in a virtual environment of their own.
venv=$work/venv
if ! cmp -s scripts/helm-requirements.txt "$venv/requirements.txt"; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r scripts/helm-requirements.txt
    cp scripts/helm-requirements.txt "$venv/requirements.txt"
fi

rm -rf "$work/out"
mkdir -p "$work/out/values"
"$venv/bin/check-jsonschema" --quiet --check-metaschema helm/values.schema.json

for values in helm/ci/accepted/*.yaml; do
    name=$(basename "$values" .yaml)
    "$render" -merged -f "$values" helm >"$work/out/values/$name.yaml"
    "$render" -f "$values" helm >"$work/out/$name.yaml"
done
"$venv/bin/check-jsonschema" --quiet --schemafile helm/values.schema.json "$work"/out/values/*.yaml
"$venv/bin/python" scripts/check_manifests.py "${kubernetes_versions[@]}" -- "$work"/out/*.yaml

refused=0
for values in helm/ci/refused/*.yaml; do
    place=$(sed -n '1s/^# names: //p' "$values")
    merged=$work/out/values/refused.yaml
    "$render" -merged -f "$values" helm >"$merged"
    if answer=$("$venv/bin/check-jsonschema" --schemafile helm/values.schema.json "$merged" 2>&1); then
        echo "check-helm: $values was accepted, but must be refused" >&2
        exit 1
    fi
    if ! grep -qF -- "$place" <<<"$answer"; then
        printf 'check-helm: the refusal of %s does not name %s:\n%s\n' "$values" "$place" "$answer" >&2
        exit 1
    fi
    refused=$((refused + 1))
done
echo "helm: $refused value files refused with the place named"
