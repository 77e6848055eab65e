# SPDX-License-Identifier: Apache-2.0
"""The official SDK as a client of noctule mcp: sdk.py NOCTULE, in the folder of tests/mcp/subject.sh."""
import asyncio
import os
import subprocess
import sys

from mcp import Client, MCPError, StdioServerParameters

NOCTULE = sys.argv[1]
CELL = "s/alpha/cpu"


async def look_around(client):
    """What both eras have in common."""
    tools = {t.name: t for t in (await client.list_tools()).tools}
    assert {"runs", "run", "clusters", "cluster", "failures", "compare", "reproduce", "trace_diff",
            "run_case", "rules_check", "git_status", "git_report_conflict"} <= set(tools), tools
    assert not any(t.annotations.read_only_hint is False for n, t in tools.items() if n[:4] == "git_")
    assert "git_push" not in tools, tools
    assert tools["cluster"].input_schema["required"] == ["cluster"]
    run = (await client.call_tool("run", {})).structured_content
    assert run["verdicts"] == {"pass": 2, "fail": 1}, run
    failures = (await client.call_tool("failures", {"cell": "alpha"})).structured_content
    assert [f["case"] for f in failures["failures"]] == ["alpha/bad"], failures
    log = await client.read_resource(failures["failures"][0]["log"])
    assert log.contents[0].text == "words of bad\n", log
    causes = (await client.call_tool("clusters", {})).structured_content["clusters"]
    assert len(causes) == 1, causes
    one = (await client.call_tool("cluster", {"cluster": causes[0]["cluster"]})).structured_content
    assert one["members"][0]["case"] == "alpha/bad", one
    again = await client.call_tool("reproduce", {"cell": CELL, "case": "alpha/bad"})
    assert not again.is_error and not again.structured_content["passed"], again
    assert "words of bad" in again.structured_content["stderr"], again
    wrong = await client.call_tool("reproduce", {"cell": CELL})
    assert wrong.is_error and "case" in wrong.content[0].text, wrong
    resources = (await client.list_resources()).resources
    assert any(str(r.uri).startswith("noctule://ledger/0001-") for r in resources), resources
    entry = await client.read_resource(str(resources[0].uri))
    assert "alpha" in entry.contents[0].text, entry
    assert len((await client.list_resource_templates()).resource_templates) == 2
    for refused in (client.call_tool("no_such_tool", {}),
                    client.read_resource("noctule://logs/../noctule.json")):
        try:
            await refused
            raise AssertionError("it was not refused")
        except MCPError as e:
            assert e.error.code == -32602, e


def runs(pid):
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def be_impatient(client):
    """Progress while a call runs, and what happens when its client stops waiting."""
    open("slow", "w").close()
    steps = []

    async def on_progress(progress, total, message):
        steps.append(progress)

    try:
        await client.call_tool("reproduce", {"cell": CELL, "case": "alpha/slow"},
                               progress_callback=on_progress, read_timeout_seconds=2.5)
        raise AssertionError("it should have timed out")
    except MCPError:
        pass
    assert len(steps) >= 3 and steps == sorted(set(steps)), steps
    pid = int(open("pid").read())
    for _ in range(50):
        if not runs(pid):
            break
        await asyncio.sleep(0.1)
    assert not runs(pid), "the cancelled command still runs"
    os.remove("slow")
    assert not (await client.call_tool("git_status", {})).is_error


async def main():
    server = StdioServerParameters(command=NOCTULE, args=["mcp"], cwd=os.getcwd())
    http = subprocess.Popen([NOCTULE, "mcp", "--http"], stdout=subprocess.PIPE, text=True)
    url = http.stdout.readline().strip()
    try:
        for name, where in (("stdio", server), ("http", url)):
            for mode in ("auto", "legacy"):
                async with Client(where, mode=mode) as client:
                    print(name, mode, client.protocol_version, flush=True)
                    assert (client.protocol_version == "2026-07-28") == (mode == "auto")
                    await look_around(client)
                    await be_impatient(client)
    finally:
        http.terminate()
        http.wait()


asyncio.run(main())
