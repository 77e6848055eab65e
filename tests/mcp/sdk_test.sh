#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sdk_test.sh ROOT BIN: the official Python SDK (PyPI mcp 2) talks to noctule mcp, over both
# transports and in both eras. Python is $MCP_PYTHON or python3.
set -u
python=${MCP_PYTHON:-python3}
"$python" -c 'from mcp import Client' 2>/dev/null || { echo "the Python package mcp (2 or later) is not installed"; exit 77; }
tmp=$(mktemp -d) || exit 2
trap 'rm -rf "$tmp"' EXIT
export GIT_CONFIG_GLOBAL=/dev/null
"$1/tests/mcp/subject.sh" "$tmp" "$2" >"$tmp/log" 2>&1 || { cat "$tmp/log"; exit 1; }
cd "$tmp" && "$python" "$1/tests/mcp/sdk.py" "$2/noctule"
