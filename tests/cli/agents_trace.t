# A model compares what two backends compute, stage by stage, with the engine of its copy.
$ mkdir -p repo/agents repo/src repo/bin && cd repo && git init -q -b trunk && git config user.email a@b && git config user.name n && cp "$(command -v noctule-engine)" bin/ && cp -r "$SOURCE/tests/models/qwen3" model && echo 41 >src/value && printf -- '---\nname: mender\ndescription: mends\ntools: Read, Edit, Write, mcp__noctule__run_case, mcp__noctule__trace_diff\nnoctule:\n  edit: [src/]\n  read-only: []\n  network: model\n  budget: {seconds: 60, turns: 9, tokens: 100000, usd: 1, output-bytes: 10000000}\n  diff: {files: 3, lines: 20, bytes: 4000}\n---\nMend it.\n' >agents/mender.md && git add -f . && git commit -qm "all: bad"
$ id=$(noctule-engine check repo/model --list | grep -o 'qwen3/[a-z_.]*logits[a-z_.]*' | head -1); sh $SOURCE/tests/cli/data/ask.sh trace_diff "{\"fixture\": \"model\", \"case\": \"$id\", \"backend\": \"cpu-native.plain\"}" edit '{"path": "src/value", "old": "41", "new": "42"}' -- --engine bin/noctule-engine 2>/dev/null | head -2
model: proposed
  1 files, +1 −1 lines
$ tr -d '\\' <traffic.ndjson | grep -oE '"event":"diff","schema":1,"a":"[^"]*","b":"[^"]*","compared":[0-9]+,"exceeded":0' | head -1 | sed 's/"[^"]*trace[^"]*"/F/g; s/:[0-9][0-9]*,"ex/:N,"ex/'
"event":"diff","schema":1,"a":F,"b":F,"compared":N,"exceeded":0
$ cd repo; git status --short # what was traced lies nowhere in the copy that is judged
$ told() { tr -d '\\' <traffic.ndjson | grep -o 'tool_result.*' | tail -1 | grep -oE "$1" | head -1; }; sh $SOURCE/tests/cli/data/ask.sh trace_diff '{"fixture": "model", "case": "no/such", "backend": "cpu"}' -- --engine bin/noctule-engine >/dev/null 2>&1; told 'diff ended with 2: .*has no case'; sh $SOURCE/tests/cli/data/ask.sh trace_diff '{"fixture": "model", "case": "--help", "backend": "cpu"}' -- --engine bin/noctule-engine >/dev/null 2>&1; told 'begins like an option'; sh $SOURCE/tests/cli/data/ask.sh trace_diff '{"a": "x"}' -- --engine bin/noctule-engine >/dev/null 2>&1; told 'fixture, case and backend are wanted, or a and b'; sh $SOURCE/tests/cli/data/ask.sh trace_diff '{}' >/dev/null 2>&1; told 'this attempt has no engine to trace with'
diff ended with 2: noctule-engine trace: model has no case
begins like an option
fixture, case and backend are wanted, or a and b
this attempt has no engine to trace with
$ sh $SOURCE/tests/cli/data/ask.sh run_case '{}' -- --run-case 'echo it is $(cat src/value); test -d model' >/dev/null 2>&1; tr -d '\\' <traffic.ndjson | grep -oE 'it is 41.*exit status 0' | head -1 | tr -s n ' '
~ it is 41.*exit status 0
