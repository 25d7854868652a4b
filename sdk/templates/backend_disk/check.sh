#!/usr/bin/env bash
# Uses the plugin as a layer on disk: what one process sets, another finds until it is removed. Needs AURELIS_BIN, the
# command line, with aurelis-conformance beside it.
set -euo pipefail
cd "$(dirname "$0")"
umask 022
chmod go-w build build/drawer.so
rm -rf build/data
cat >build/drawer.yaml <<'YAML'
plugins:
  search: [.]
layers:
  - {name: L1_drawer, backend: drawer, priority: 1, options: {path: data, max_bytes: 64MiB}}
YAML
"$AURELIS_BIN" plugin inspect build/drawer.so | grep -q com.example.drawer
"$AURELIS_BIN" config check --config build/drawer.yaml
"$AURELIS_BIN" set user_data user123 '{"name":"John"}' --config build/drawer.yaml >/dev/null
"$AURELIS_BIN" set user_data user124 '{"name":"Jane"}' --config build/drawer.yaml >/dev/null
[[ $("$AURELIS_BIN" get user_data user123 --config build/drawer.yaml) == '{"name":"John"}' ]]
"$AURELIS_BIN" remove user_data user123 --config build/drawer.yaml >/dev/null
if "$AURELIS_BIN" get user_data user123 --config build/drawer.yaml; then
    echo "what was removed is still there" >&2
    exit 1
fi
[[ $("$AURELIS_BIN" get user_data user124 --config build/drawer.yaml) == '{"name":"Jane"}' ]]
"$(dirname "$AURELIS_BIN")/aurelis-conformance" build/drawer.so drawer 'path={dir}/data'
