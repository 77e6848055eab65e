# SPDX-License-Identifier: Apache-2.0
"""The programs that are compared: how each is run, and what it says."""
import hashlib
import json
import os
import pathlib
import subprocess
import tempfile
import time

# what we call a format: the suffix of its GGUF file; -fast: of which our prompts may be rounded
KINDS = {"f32": "F32", "bf16": "BF16", "f16": "F16", "q8_0": "Q8_0", "q4_0": "Q4_0-pure", "q4_k": "Q4_K_M",
         "q6_k": "Q6_K", "bf16-fast": "BF16", "f16-fast": "F16"}
FAST = "-fast"


class Failed(Exception):
    pass


def run(command):
    """stdout, seconds on the wall, and the largest memory the process held, in bytes. In a folder of
    its own: some programs leave logs where they run."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryDirectory() as cwd:
        begin = time.monotonic()
        child = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if status:
            last = err.read().decode(errors="replace").strip().splitlines()[-1:]
            raise Failed(f"{' '.join(map(str, command))}: {''.join(last) or child.returncode}")
        return out.read().decode(errors="replace"), seconds, usage.ru_maxrss * 1024


def gguf_of(models, name, kind):
    return pathlib.Path(models).absolute() / name / f"{name}-{KINDS[kind]}.gguf"


class Engine:
    """Ours. A GGUF file where it reads one, else the folder of the same weights, stored as kind."""
    family, has_depth = "noctule", True

    def __init__(self, path, options):
        self.path, self.options, self.name = pathlib.Path(path).absolute(), options, "noctule"
        self.sources = {}

    def version(self):
        return run([self.path, "--version"])[0].strip()

    def source(self, models, name, kind):
        """The file and the options that make it this kind."""
        if (name, kind) not in self.sources:
            fast = ["--fast"] if kind.endswith(FAST) else []
            self.sources[name, kind] = self.find_source(models, name, kind.removesuffix(FAST)) + fast
        return self.sources[name, kind]

    def find_source(self, models, name, kind):
        gguf, folder = gguf_of(models, name, kind), pathlib.Path(models).absolute() / name
        tried = [[gguf]] if gguf.exists() else []
        tried += [[folder / kind]] if kind in ("f32", "bf16", "f16") else []
        tried += [[folder / d, "--quant", kind] for d in ("f32", "bf16") if kind[0] == "q" and (folder / d).exists()]
        for source in tried:
            try:
                run([self.path, "bench", *source, "-p", "1", "-n", "0", "-r", "1", "--no-limits"])
                return source
            except Failed as e:
                problem = e
        raise Failed(f"{name} {kind}: {problem if tried else 'there is no such model'}")

    def command(self, models, name, kind, threads, test):
        return [self.path, "bench", *self.source(models, name, kind), "-t", threads, "-p", test["prompt"], "-n",
                test["tokens"], "-d", test["depth"], "-r", 1, "--json",
                *(["--kv", test["kv"]] if test["kv"] else []), *self.options]

    def measure(self, command):
        out, _, rss = run(command)
        data = json.loads(out)
        part = data["runs"][0]
        rows = [{"kind": t["kind"], "tokens": t["tokens"], "depth": t["depth"], "rate": t["tokens_s"]["median"],
                 "fraction": t["fraction"]["median"], "limit": t["limit"], "bytes": t["bytes_token"],
                 "operations": t["operations_token"]} for t in part["tests"]]
        return rows, {"machine": data["machine"], "device": part["backend"], "limits": part["limits"],
                      "rss": part["peak_rss_bytes"], "cache": part["cache_bytes"], "weights": part["weight_bytes"]}

    def start(self, models, name, kind, threads):
        return [self.path, "generate", *self.source(models, name, kind), "Hello", "-n", 1, "-T", 0, "-t", threads,
                "--packed-cache", "off"]


class EngineKept(Engine):
    """Ours, with packed weights that an earlier start has kept in a folder."""
    family = "noctule, kept"

    def __init__(self, path, options, folder):
        super().__init__(path, options)
        self.folder = folder

    def start(self, models, name, kind, threads):
        return [*super().start(models, name, kind, threads)[:-1], self.folder]


class Peer:
    """llama-bench of llama.cpp or ik_llama.cpp. cli is the program that generates, or None.
    repack: ik_llama.cpp's -rtr."""

    def __init__(self, family, name, path, cli=None, repack=False):
        self.family, self.name, self.path = family, name, pathlib.Path(path).absolute()
        self.cli, self.repack = cli and pathlib.Path(cli).absolute(), repack
        self.has_depth = family == "llama.cpp"

    def version(self):
        """Peers that were built from a bare source tree do not know theirs: the file says which."""
        return f"{self.path}, sha256 {hashlib.sha256(self.path.read_bytes()).hexdigest()[:16]}"

    def command(self, models, name, kind, threads, test):
        lengths = ["-p", test["prompt"], "-n", test["tokens"]]
        if test["depth"]:
            if self.has_depth:
                lengths += ["-d", test["depth"]]
            else:  # tokens behind a prompt of that length, which is not timed
                lengths = ["-p", 0, "-n", 0, "-gp", f"{test['depth']},{test['tokens']}"]
        return [self.path, "-m", gguf_of(models, name, kind), "-t", threads, *lengths, "-r", 1, "-o", "json",
                *(["-rtr", 1] if self.repack else []), *self.cache(test["kv"])]

    @staticmethod
    def cache(kv):
        """Values in blocks they read with flash attention only."""
        return ["-ctk", kv, "-ctv", kv, *(["-fa", 1] if kv == "q8_0" else [])] if kv else []

    def measure(self, command):
        out, _, rss = run(command)
        rows = []
        for t in json.loads(out[out.index("["):]):
            behind = 0 if self.has_depth or not t["n_gen"] else t["n_prompt"]
            rows.append({"kind": "decode" if t["n_gen"] else "prefill", "tokens": t["n_gen"] or t["n_prompt"],
                         "depth": t.get("n_depth", 0) or behind, "rate": t["avg_ts"]})
        return rows, {"rss": rss}

    def start(self, models, name, kind, threads):
        options = ["-no-cnv"] if self.family == "llama.cpp" else []
        return [self.cli, "-m", gguf_of(models, name, kind), "-p", "Hello", "-n", 1, "-c", 512, "-t", threads,
                "--temp", 0, "--no-warmup", *options, *(["-rtr"] if self.repack else [])]
