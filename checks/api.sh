#!/usr/bin/env bash
# Asks every operation of the OpenAPI document with thousands of made-up requests (schemathesis): none may end in a server error,
# and answers must be what the document says.
# usage: api.sh AISPM
set -euo pipefail
aispm=$1
root=$(cd "$(dirname "$0")/.." && pwd)
venv=$HOME/.cache/aispm/schemathesis
port=18788
if [ ! -x "$venv/bin/schemathesis" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q 'schemathesis==4.32.5'
fi
work=$(mktemp -d)
trap 'kill "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
"$aispm" --store "sqlite:$work/store.db" --config "$root/examples/acme-ai/aispm.toml" \
    serve --listen 127.0.0.1:$port --target "$root/examples/acme-ai" >"$work/said" 2>"$work/log" &
server=$!
until grep -q 'log in as' "$work/said"; do
    kill -0 "$server" || { cat "$work/log"; exit 1; }
    sleep 0.1
done
token=$(python3 - "$port" "$(grep -o 'with .*' "$work/said" | cut -d' ' -f2)" <<'PYTHON'
import json, sys, time, urllib.request
base = f"http://localhost:{sys.argv[1]}/api/v1"
def send(path, body, **headers):
    request = urllib.request.Request(base + path, headers={"content-type": "application/json", **headers})
    request.data = json.dumps(body).encode() if body is not None else None
    return urllib.request.urlopen(request)
login = send("/login", {"name": "admin", "password": sys.argv[2]})
headers = {"cookie": login.headers["set-cookie"].split(";")[0], "x-csrf-token": json.load(login)["csrf"]}
token = json.load(send("/tokens", {"name": "schemathesis", "role": "admin", "days": 1}, **headers))["token"]
while json.load(send("/jobs", None, **headers))["items"][0]["state"] in ("queued", "running"):
    time.sleep(0.2)
print(token)
PYTHON
)
# Not asked: what ends the token that asks, and what takes seconds each.
"$venv/bin/schemathesis" --no-color run "http://localhost:$port/api/openapi.json" \
    --header "Authorization: Bearer $token" \
    --exclude-operation-id logout --exclude-operation-id verify_finding --exclude-operation-id delete_token \
    --exclude-operation-id delete_user \
    --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
    --max-examples "${EXAMPLES:-50}" --seed 7 --continue-on-failure
if grep -q ERROR "$work/log"; then
    cat "$work/log"
    exit 1
fi
