#!/usr/bin/env bash
# Uses the plugin as a layer: what is set is there, and the plugin describes itself. Needs AURELIS_BIN, the
# command line, with aurelis-conformance beside it.
set -euo pipefail
cd "$(dirname "$0")"
umask 022
chmod go-w build build/shelf.so
cat >build/shelf.yaml <<'YAML'
plugins:
  search: [.]
layers:
  - {name: L1_shelf, backend: shelf, priority: 1, max_entries: 10}
YAML
"$AURELIS_BIN" plugin inspect build/shelf.so | grep -q com.example.shelf
"$AURELIS_BIN" config check --config build/shelf.yaml
"$AURELIS_BIN" set user_data user123 '{"name":"John"}' --config build/shelf.yaml >/dev/null
if "$AURELIS_BIN" get user_data user123 --config build/shelf.yaml; then
    echo "a layer in memory does not outlive its process" >&2
    exit 1
fi
printf 'a\nb\na\na\nb\n' >build/tiny.trace
"$AURELIS_BIN" run --config build/shelf.yaml --trace build/tiny.trace --passes 1 --data build/data --json |
    grep -q '"hits": *3'
"$(dirname "$AURELIS_BIN")/aurelis-conformance" build/shelf.so shelf
