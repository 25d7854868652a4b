#!/usr/bin/env bash
# Runs the host with the YAML beside it and compares its output.
set -euo pipefail
cd "$(dirname "$0")"
diff <(build/host_c cache.yaml) - <<'TEXT'
{"name":"John"} from L1_memory
computed 1 time(s)
TEXT
