# SPDX-License-Identifier: Apache-2.0
"""Guessing from the text so far (`generate --lookup`) beside the same tokens one by one."""
import json
import statistics

from programs import Failed, run


def prompt_of(path, size):
    """The first bytes of a file, whole words."""
    text = path.read_bytes()[:size].decode(errors="ignore")
    return text[:text.rfind(" ")] if len(text.encode()) >= size - 4 else text


def generate(engine, args, name, kind, threads, guess):
    command = [engine.path, "generate", *engine.source(args.models, name, kind), prompt_of(args.text, args.bytes), "-n",
               args.tokens, "-T", 0, "--no-eos", "-t", threads, "--json", *(["--lookup", guess] if guess else [])]
    out, _, _ = run(command)
    return command, json.loads(out)


def round_of(data, engine, args, name, kind, threads, number):
    """Both, the one that begins taking turns. Tokens that differ are no measurement but a fault."""
    found = {}
    for guess in (0, args.guess) if number % 2 == 0 else (args.guess, 0):
        command, out = generate(engine, args, name, kind, threads, guess)
        words = [str(w) if w is not command[3] else f'"$(head -c {args.bytes} {args.text})"' for w in command]
        data["commands"][f"{name} {kind} t{threads} lookup {guess}"] = " ".join(words)
        found[guess] = out
    if found[0]["ids"] != found[args.guess]["ids"]:
        raise Failed(f"{name} {kind}: with guesses the tokens are others than without")
    new = found[0]["new_tokens"] - 1  # the first comes with the prompt
    data["lookups"].append({"model": name, "weights": kind, "threads": threads, "text": str(args.text.name),
                            "bytes": args.bytes, "prompt": found[0]["prompt_tokens"], "tokens": new, "guess": args.guess,
                            "round": number, "plain": new / found[0]["tokens_ms"] * 1e3,
                            "guessed": new / found[args.guess]["tokens_ms"] * 1e3,
                            **{k: found[args.guess][k] for k in ("passes", "drafted", "accepted")}})
    return data["lookups"][-1]


def table(results):
    groups = {}
    for data in results:
        for x in data.get("lookups", []):
            groups.setdefault((x["model"], x["weights"], x["threads"], x["text"], x["bytes"]), []).append(x)
    lines = ["| model | weights | threads | text | tokens | one by one | guessed | ratio | came true | tokens a pass |",
             "| :-- | :-- | --: | :-- | --: | --: | --: | --: | --: | --: |"]
    for (model, weights, threads, text, size), xs in groups.items():
        one = xs[-1]
        rates = {k: [x[k] for x in xs] for k in ("plain", "guessed")}
        cells = [f"{statistics.median(v):.1f} ({min(v):.1f}–{max(v):.1f})" for v in rates.values()]
        ratio = statistics.median(x["guessed"] / x["plain"] for x in xs)
        lines.append(f"| {model} | {weights} | {threads} | {size} bytes of {text} | {one['prompt']} + {one['tokens']} | "
                     f"{cells[0]} | {cells[1]} | **{ratio:.2f}** | {one['accepted']} of {one['drafted']} | "
                     f"{one['tokens'] / max(one['passes'], 1):.2f} |")
    return "\n".join(lines) if groups else ""
