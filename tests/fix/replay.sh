#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# replay.sh FILE [TOOL INPUT]…: writes into FILE the recording of a model that calls these tools, one
# a turn, and then says $SAYS, or that all is well. INPUT is JSON.
set -eu
file=$1
shift
quote() { printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g'; }
reply() {
    body="{\"model\": \"made-up-1\", \"role\": \"assistant\", \"content\": [$1], \"stop_reason\": \"$2\", \"usage\": {\"input_tokens\": 10, \"output_tokens\": 2}}"
    printf '{"request": {"path": "/v1/messages", "sha256": "-", "body": ""}, "reply": {"status": 200, "body": "%s"}}\n' "$(quote "$body")"
}
: >"$file"
while [ $# -gt 0 ]; do
    reply "{\"type\": \"tool_use\", \"id\": \"t$#\", \"name\": \"$1\", \"input\": $2}" tool_use >>"$file"
    shift 2
done
reply "{\"type\": \"text\", \"text\": \"$(quote "${SAYS:-All tests pass.}")\"}" end_turn >>"$file"
