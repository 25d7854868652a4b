#!/usr/bin/env bash
# Runs the host with the YAML beside it and compares its output.
set -euo pipefail
cd "$(dirname "$0")"
diff <(build/host_cpp cache.yaml) - <<'TEXT'
John
forty-two, computed 1 time(s)
forty-two, computed 1 time(s)
forty-two, computed 1 time(s)
TEXT
