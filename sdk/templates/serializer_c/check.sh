#!/usr/bin/env bash
# Uses the plugin as a stage of a layer on disk: what one process sets, another gets, and explain shows which stage was
# applied. Needs AURELIS_BIN, the command line, with aurelis-conformance beside it.
set -euo pipefail
cd "$(dirname "$0")"
umask 022
chmod go-w build build/runs.so
rm -rf build/data
mkdir build/data
cat >build/layer.yaml <<'YAML'
plugins:
  search: [.]
layers:
  - {name: L1, backend: sqlite-disk, priority: 1, serializers: [runs], options: {path: data/cache.db}}
YAML
"$AURELIS_BIN" plugin inspect build/runs.so | grep -q com.example.runs
"$AURELIS_BIN" config check --config build/layer.yaml
long=$(printf 'x%.0s' {1..3000})
"$AURELIS_BIN" set user_data long "$long" --config build/layer.yaml >/dev/null
"$AURELIS_BIN" set user_data short hello --config build/layer.yaml >/dev/null
[[ $("$AURELIS_BIN" get user_data long --config build/layer.yaml) == "$long" ]]
[[ $("$AURELIS_BIN" get user_data short --config build/layer.yaml) == hello ]]
"$AURELIS_BIN" explain user_data long --config build/layer.yaml | grep -qw runs
# The short value is below the threshold, so no stage was called.
if "$AURELIS_BIN" explain user_data short --config build/layer.yaml | grep -qw runs; then
    echo "explain names a stage that was not asked" >&2
    exit 1
fi
"$(dirname "$AURELIS_BIN")/aurelis-conformance" build/runs.so runs
