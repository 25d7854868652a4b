#!/usr/bin/env bash
# Uses the plugin as a layer: what is set is there, and the plugin describes itself. Needs AURELIS_BIN, the
# command line, with aurelis-conformance beside it.
set -euo pipefail
cd "$(dirname "$0")"
umask 022
chmod go-w build build/pocket.so
cat >build/pocket.yaml <<'YAML'
plugins:
  search: [.]
layers:
  - {name: L1_pocket, backend: pocket, priority: 1, options: {max_entries: 2}}
YAML
"$AURELIS_BIN" plugin inspect build/pocket.so | grep -q com.example.pocket
"$AURELIS_BIN" config check --config build/pocket.yaml
"$AURELIS_BIN" set user_data user123 '{"name":"John"}' --config build/pocket.yaml >/dev/null
if "$AURELIS_BIN" get user_data user123 --config build/pocket.yaml; then
    echo "a layer in memory does not outlive its process" >&2
    exit 1
fi
sed 's/max_entries: 2/max_entries: 0/' build/pocket.yaml >build/wrong.yaml
if "$AURELIS_BIN" config check --config build/wrong.yaml >build/wrong.log 2>&1; then
    echo "an option out of its bounds was taken" >&2
    exit 1
fi
grep -q "'max_entries' must be between 1 and" build/wrong.log
printf 'a\nb\na\na\nb\n' >build/tiny.trace
"$AURELIS_BIN" run --config build/pocket.yaml --trace build/tiny.trace --passes 1 --data build/data --json |
    grep -q '"hits": *3'
"$(dirname "$AURELIS_BIN")/aurelis-conformance" build/pocket.so pocket
