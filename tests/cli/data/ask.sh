#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ask.sh [TOOL JSON]… [-- OPTIONS]: a model that makes these calls, one a turn, then says that it is
# done; played in ./repo by the role agents/mender.md. What it is told stands in traffic.ndjson.
reply() { # CONTENT STOP
    body="{\"model\": \"made-up-1\", \"role\": \"assistant\", \"content\": [$1], \"stop_reason\": \"$2\", \"usage\": {\"input_tokens\": 10, \"output_tokens\": 2}}"
    printf '{"request": {"path": "/v1/messages", "sha256": "-", "body": ""}, "reply": {"status": 200, "body": "%s"}}\n' \
        "$(printf %s "$body" | sed 's/[\\"]/\\&/g')"
}
: >script.ndjson
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    reply "{\"type\": \"tool_use\", \"id\": \"t$#\", \"name\": \"$1\", \"input\": $2}" tool_use >>script.ndjson
    shift 2
done
[ $# -gt 0 ] && shift
reply '{"type": "text", "text": "All tests pass."}' end_turn >>script.ndjson
rm -f traffic.ndjson
cd repo && exec noctule agents run model --logs ../logs --role agents/mender.md --require limits \
    --model asked --replay ../script.ndjson --record ../traffic.ndjson --times 1 --out ../patch \
    --receipt ../receipt.json "$@"
