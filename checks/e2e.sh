#!/usr/bin/env bash
# Walks every page of the dashboard in headless Chromium on the demo estate. usage: checks/e2e.sh AISPM (built with the dashboard)
set -euo pipefail
aispm=$1
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null; rm -rf "$work"' EXIT
"$aispm" scan examples/acme-ai --config examples/acme-ai/aispm.toml --store "sqlite:$work/scans.db" --fail-on never -q -o "$work/report.txt"
"$aispm" --store "sqlite:$work/scans.db" --config examples/acme-ai/aispm.toml serve --new-secret --listen 127.0.0.1:0 --audit-log "$work/audit.log" \
    --target examples/acme-ai >"$work/told" 2>"$work/err" &
server=$!
until grep -q 'log in as' "$work/told"; do
    kill -0 "$server" || { cat "$work/err"; exit 1; }
    read -rt 0.2 <> <(:) || true
done
AISPM_URL=$(sed -n 's/^aispm serves //p' "$work/told")
AISPM_PASSWORD=$(sed -n 's/^log in as admin with //p' "$work/told")
export AISPM_URL AISPM_PASSWORD
cd web && npx playwright test
