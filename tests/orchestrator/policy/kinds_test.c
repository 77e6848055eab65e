/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of rule: what it lets pass, and what not. */
#include "orchestrator/policy/kind.h"

#include "tests/orchestrator/policy/policy.h"

struct trial {
    const char *rule;
    struct shown shown;
    const char *found; /* part of the violation; NULL = there is none */
};

#define FILE_FORM "{\"kind\":\"subject\",\"form\":\"file\",\"end\":\".\"}"
#define TYPE_FORM                                                                          \
    "{\"kind\":\"subject\",\"form\":\"type\",\"types\":[\"feat\",\"fix\"],\"lower\":true," \
    "\"end\":\".\"}"
#define WIDE    "{\"kind\":\"width\",\"subject\":20,\"body\":20}"
#define SIGNED  "{\"kind\":\"sign-off\",\"required\":true,\"author\":true}"
#define CONTENT "{\"kind\":\"content\",\"paths\":[\"k/**\"],\"forbid\":\"(?i)llama\"}"
#define LINKS   "{\"kind\":\"links\",\"paths\":[\"AGENTS.md\"],\"optional\":false}"
#define PAIR \
    "{\"kind\":\"trailers\",\"required\":[\"A: x.*\",\"B\"],\"adjacent\":true,\"last\":true}"
#define BANNED                                                                                     \
    "{\"kind\":\"banned\",\"words\":[\"comprehensive\",\"leverag*\",\"best effort\"],\"footers\":" \
    "[\"Generated with\"],\"patterns\":[\"^WIP\"]}"
#define PUBLISHED "{\"kind\":\"publication\",\"paths\":[\"docs/*\"]}"
#define MSG(text) \
    { .message = (text) }
#define AT(name, was, is, holds) \
    { .path = (name), .old_mode = (was), .mode = (is), .text = (holds) }

/* In columns the rows would be as wide as the widest of each, twice. */
/* clang-format off */
static const struct trial trials[] = {
    {FILE_FORM, MSG("train.py: mend the loop\n"), NULL},
    {FILE_FORM, MSG("run/parity, cmd/parity: say why"), NULL},
    {FILE_FORM, MSG("noctule.json: a row of its own"), NULL},
    {FILE_FORM, MSG("Mend the loop: all of it"), "file: brief"},
    {FILE_FORM, MSG("feat(scope): something"), "file: brief"},
    {FILE_FORM, MSG("train.py mend the loop"), "file: brief"},
    {FILE_FORM, MSG("train.py:mend the loop"), "file: brief"},
    {FILE_FORM, MSG("train.py:  mend"), "file: brief"},
    {FILE_FORM, MSG(": mend"), "file: brief"},
    {FILE_FORM, MSG("a,b: mend"), "file: brief"},
    {FILE_FORM, MSG("train.py: mend the loop."), "end in \".\""},
    {FILE_FORM, MSG("train.py: mend the loop ..."), NULL},
    {FILE_FORM, MSG(""), "empty"},
    {TYPE_FORM, MSG("feat(scope)!: add it"), NULL},
    {TYPE_FORM, MSG("fix: GGUF files are read"), NULL},
    {TYPE_FORM, MSG("feature: add it"), "no type"},
    {TYPE_FORM, MSG("Feat: add it"), "type: brief"},
    {TYPE_FORM, MSG("feat (scope): add it"), "type: brief"},
    {TYPE_FORM, MSG("feat(): add it"), "type: brief"},
    {TYPE_FORM, MSG("feat(x: add it"), "type: brief"},
    {TYPE_FORM, MSG("feat: Add it"), "capital"},
    {TYPE_FORM, MSG("feat: "), "type: brief"},
    {"{\"kind\":\"subject\",\"form\":\"type\",\"scope\":true}", MSG("feat: add it"), "scope"},
    {"{\"kind\":\"subject\",\"pattern\":\"^[A-Z]+-[0-9]+ \"}", MSG("NOC-12 add it"), NULL},
    {"{\"kind\":\"subject\",\"pattern\":\"^[A-Z]+-[0-9]+ \"}", MSG("add it"),
     "form that is wanted"},
    {"{\"kind\":\"subject\",\"pattern\":\".\",\"min\":9}", MSG("too short"), NULL},
    {"{\"kind\":\"subject\",\"pattern\":\".\",\"min\":10}", MSG("too short"), "too little"},
    {WIDE, MSG("twenty columns wide.\n\ntwenty columns wide.\n"), NULL},
    {WIDE, MSG("ääääääääääääääääääää"), NULL},
    {WIDE, MSG("twenty-one columns : x"), "over 20"},
    {WIDE, MSG("x\n\nhttps://example.org/a/long/address\n"), NULL},
    {WIDE, MSG("x\n\nsee https://example.org/a\n"), "over 20"},
    {WIDE, MSG("x\n\n\tthirteen x x\n"), NULL},
    {WIDE, MSG("x\n\n\t\tfive x\n"), "over 20"},
    {"{\"kind\":\"width\",\"body\":0}",
     MSG("x\n\n1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 "
     "20 21 22 23 24 25 26 27 28 29 30"), NULL},
    {"{\"kind\":\"width\",\"body\":5,\"except\":\"^> \"}", MSG("x\n\n> quoted as it was"), NULL},
    {"{\"kind\":\"width\",\"body\":5,\"trailers\":90}", MSG("x\n\nFixes: a long trailer"), NULL},
    {"{\"kind\":\"width\",\"body\":5}", MSG("x\n\nFixes: a long trailer"), "trailer"},
    {"{\"kind\":\"body\",\"required\":true}", MSG("x\n\nwhy"), NULL},
    {"{\"kind\":\"body\",\"required\":true}", MSG("x\n\nFixes: y"), "there is none"},
    {"{\"kind\":\"body\",\"required\":true}", MSG("x\n"), "there is none"},
    {"{\"kind\":\"body\",\"min\":10}", MSG("x\n\nshort"), "too little"},
    {"{\"kind\":\"body\"}", MSG("x\nwhy"), "blank line"},
    {"{\"kind\":\"body\",\"separate\":false}", MSG("x\nwhy"), NULL},
    {"{\"kind\":\"prose\"}", MSG("x\n\nA range - 3 to 5 - is read.\n\nMore. 3) is not one."),
     NULL},
    {"{\"kind\":\"prose\"}", MSG("x\n\nPositions go up to\n4096. What is longer is refused."),
     NULL},
    {"{\"kind\":\"prose\"}", MSG("x\n\nIt came – of all\n– from there."), NULL},
    {"{\"kind\":\"prose\"}", MSG("x\n\n- one\n- two"), "list"},
    {"{\"kind\":\"prose\"}", MSG("x\n\nBoth:\n * one"), "list"},
    {"{\"kind\":\"prose\"}", MSG("x\n\nChanges:\n1. one\n2. two"), "list"},
    {"{\"kind\":\"prose\"}", MSG("x\n\n(a) one\n(b) two"), "list"},
    {"{\"kind\":\"prose\"}", MSG("x\n\nword\n• one"), "list"},
    {"{\"kind\":\"prose\"}", MSG("x\n\n## Summary\ntext"), "heading"},
    {"{\"kind\":\"prose\"}", MSG("x\n\nSummary\n-------\ntext"), "heading"},
    {"{\"kind\":\"prose\",\"lists\":true,\"headings\":true}", MSG("x\n\n# A\n- one"), NULL},
    {BANNED, MSG("x: a plain word\n\nIncomprehensive is another; a lever too."), NULL},
    {BANNED, MSG("x: a Comprehensive change"), "comprehensive"},
    {BANNED, MSG("x: y\n\nLeveraging it."), "leverag*"},
    {BANNED, MSG("x: y\n\nthe best\neffort of all"), "best effort"},
    {BANNED, MSG("x: y\n\n🤖 generated with a tool"), "footer"},
    {BANNED, MSG("x: y\n\n> **Generated with** it"), "footer"},
    {BANNED, MSG("WIP x"), "text"},
    {BANNED, MSG("x: a ｃｏｍｐｒｅｈｅｎｓｉｖｅ change"), "comprehensive"},
    {BANNED, MSG("x: y\n\nä Comprehen\xC2\xADsive."), "comprehensive"},
    {BANNED, MSG("x: y\n\n𝓁everaging it."), "leverag*"},
    {BANNED, MSG("x: y\n\nthe best\xC2\xA0\xE2\x80\x83" "effort of all"), "best effort"},
    {BANNED, MSG("x: y\n\nGenerated\xC2\xA0with a tool"), "footer"},
    {BANNED, MSG("ＷＩＰ x"), "text"},
    {BANNED, MSG("x: … ½ a ﬁle, naïve"), NULL},
    {"{\"kind\":\"banned\",\"words\":[\"ﬁne\"]}", MSG("x: so fine"), "is banned"},
    {"{\"kind\":\"banned\",\"patterns\":[\"½\"]}", MSG("x: ½"), "text"},
    {"{\"kind\":\"prose\"}", MSG("x\n\n-\xC2\xA0one\n-\xC2\xA0two"), "list"},
    {"{\"kind\":\"prose\"}", MSG("x\n\n\xE3\x80\x80１．　one\n２．　two"), "list"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Ｃlaude <c@x.org>"), "no person"},
    {"{\"kind\":\"subject\",\"form\":\"file\",\"end\":\".\"}", MSG("x: y．"), "must not end"},
    {BANNED, MSG("x: a WIP of ours, not generated with care"), NULL},
    {PAIR, MSG("x\n\ny\n\nA: xyz\nB: z"), NULL},
    {PAIR, MSG("x\n\ny\n\na: xyz\n and more\nB: z"), "at once"},
    {PAIR, MSG("x\n\ny\n\nB: z\nA: xyz"), "before what it follows"},
    {PAIR, MSG("x\n\ny\n\nA: nothing\nB: z"), "value of A"},
    {PAIR, MSG("x\n\ny\n\nA: xyz"), "B is missing"},
    {PAIR, MSG("x\n\ny\n\nA: xyz\nC: 1\nB: z"), "at once"},
    {PAIR, MSG("x\n\ny\n\nA: xyz\nB: z\nC: 1"), "the last"},
    {PAIR, MSG("x\n\nA: xyz\nB: z\n\nand a word more"), "not in the last paragraph"},
    {PAIR, MSG("x\nA: xyz\nB: z"), "missing"},
    {"{\"kind\":\"trailers\",\"none\":true}", MSG("x\n\ny\n\nFixes: z"), "Fixes"},
    {"{\"kind\":\"trailers\",\"none\":true}", MSG("x: y\n\nNote that: z"), NULL},
    {"{\"kind\":\"trailers\",\"none\":true}", MSG("x\n\ny\n\nCo-Authored-By:Claude <c@x>"), "Co-A"},
    {"{\"kind\":\"trailers\",\"none\":true}", MSG("x\n\ny\n\nSigned-off-by : A <a@x>"), "Signed"},
    {"{\"kind\":\"trailers\",\"none\":true}", MSG("x\n\ny\n\nCo-Authored-By:\n C <c@x>"), "Co-A"},
    {"{\"kind\":\"trailers\",\"none\":true}",
     MSG("x\n\ny\n\nIt is so.\nAnd so.\nSigned-off-by: A <a@x>\nBy:C"), "By is no trailer"},
    {"{\"kind\":\"trailers\",\"none\":true}",
     MSG("x\n\ny\n\nA: b\n\n# kept by -m"), "A is no trailer"},
    {"{\"kind\":\"prose\"}", MSG("x\n\ny\n\n- it\nSigned-off-by: A <a@x>"), "list"},
    {"{\"kind\":\"trailers\",\"required\":[\"A: b c\"]}", MSG("x\n\ny\n\nA: b\n  c"), NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\ny\n\nSigned-off-by:Claude <c@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\ny\n\nSigned-off-by :\n Claude <c@x.org>"), "no person"},
    {"{\"kind\":\"banned\",\"footers\":[\"By: C\"]}", MSG("x\n\nBy:C <c@x>"), "footer"},
    {"{\"kind\":\"banned\",\"footers\":[\"By: C\"]}", MSG("x\n\nby : \n\tc <c@x>"), "footer"},
    {"{\"kind\":\"banned\",\"footers\":[\"By: C D\"]}", MSG("x\n\nBy:  C  \td"), "footer"},
    {"{\"kind\":\"trailers\",\"allowed\":[\"Fixes\"]}", MSG("x\n\ny\n\nfixes: z"), NULL},
    {"{\"kind\":\"trailers\",\"allowed\":[\"Fixes\"]}", MSG("x\n\ny\n\nClose: z"), "Close"},
    {SIGNED, MSG("x\n\nSigned-off-by: Ada <ada@example.org>"), NULL},
    {SIGNED,
     MSG("x\n\nSigned-off-by: Bob <bob@example.org>\nSigned-off-by: Ada <Ada@example.org>"),
     NULL},
    {SIGNED, MSG("x\n\nSigned-off-by: Bob <bob@example.org>"), "has not signed"},
    {SIGNED, MSG("x\n\nSigned-off-by: Ada"), "name and an address"},
    {SIGNED, MSG("x\n\nSigned-off-by: <ada@example.org>"), "name and an address"},
    {SIGNED, MSG("x\n\ny"), "missing"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Claude <noreply@anthropic.com>"),
     "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nsigned-off-by: renovate[bot] <b@example.org>\n\nmore"),
     "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Claudette Abbot <ca@example.org>"),
     NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Claude <c@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: ClaudeOpus <c@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Claude Opus 4.1 <c@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Claude Code <c@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Grok <g@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: DeepSeek <d@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: DeepSeek-V3 <d@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: o3 <o@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: o4-mini <o@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: GPT-5 <g@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: gpt4o <g@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: GitHub Copilot <c@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Gemini 2.5 Pro <g@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Devin AI <d@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Qwen3-Coder <q@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Ada (with Claude) <a@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Ada via Codex <a@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Ada <ada@mail.anthropic.com>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: x <1+copilot-swe-agent@users.noreply.github.com>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Coding Agent <a@x.org>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: GitHub <noreply@github.com>"), "no person"},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Claude Dupont <claude@dupont.fr>"), NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Jean-Claude Juncker <j@x.org>"), NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Devin Nunez <devin@x.org>"), NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Ada <123+ada@users.noreply.github.com>"), NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Claude Dupont <1+claude-dupont@users.noreply.github.com>"), NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Gemini Ganesan <g@x.org>"), NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Otto Abbot <o@x.org>"), NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Jules Verne <j@x.org>"), NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Kimi Raikkonen <k@x.org>"), NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Ola Groking <o@x.org>"), NULL},
    {"{\"kind\":\"sign-off\"}", MSG("x\n\nSigned-off-by: Grokowski Jan <g@x.org>"), NULL},
    {"{\"kind\":\"text\"}", MSG("x: ein Maß, 3 × 4\n\n– naïve."), NULL},
    {"{\"kind\":\"text\",\"ascii\":true}", MSG("x: naïve"), "not ASCII"},
    {"{\"kind\":\"text\"}", MSG("x: compre\xE2\x80\x8Bhensive"), "not seen"},
    {"{\"kind\":\"text\"}", MSG("x: \xE2\x80\xAEtxet"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: w\xEF\xB8\x80""ip"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: w\xE1\xA0\x8B""ip"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: w\xE1\xA0\x8F""ip"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: w\xEF\xBE\xA0""ip"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: w\xE2\xA0\x80""ip"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: w\xE1\x9E\xB4""ip"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: w\xEF\xBF\xB0""ip"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: w\xF0\x9D\x85\xB3""ip"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: w\xEF\xB8\x8F""ip"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: w\xF3\xA0\x80\x81""ip"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: w\xE2\x81\xA4""ip"), "not seen"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: \xE2\x9D\xA4\xEF\xB8\x8F, 1\xEF\xB8\x8F\xE2\x83\xA3"), NULL},
    {"{\"kind\":\"text\"}", MSG("x: y\r\n\nz"), "not seen"},
    {"{\"kind\":\"text\"}", MSG("x: y\n\n\tz"), "tab"},
    {"{\"kind\":\"text\"}", MSG("x: y \n\nz"), "blank at the end"},
    {"{\"kind\":\"text\"}", MSG("x: y\xC2\xA0\n\nz"), "blank at the end"},
    {"{\"kind\":\"text\"}", MSG("x: y\n\nz\xE3\x80\x80"), "blank at the end"},
    {"{\"kind\":\"text\"}", MSG("x: y\n\nz\xE2\x80\xAF"), "blank at the end"},
    {"{\"kind\":\"text\",\"tabs\":true}", MSG("x: y\n\nz\t"), "blank at the end"},
    {"{\"kind\":\"text\",\"trailing\":true}", MSG("x: y\xC2\xA0\n\nz "), NULL},
    {"{\"kind\":\"text\"}", MSG("x: \xF0\x9F\x9A\x80 fast"), "picture"},
    {"{\"kind\":\"text\",\"emoji\":true}", MSG("x: \xF0\x9F\x9A\x80 fast"), NULL},
    {"{\"kind\":\"text\"}", MSG("x: \xC3("), "not UTF-8"},
    {"{\"kind\":\"one-commit\"}", {.commits = 1}, NULL},
    {"{\"kind\":\"one-commit\"}", {.commits = 2}, "2 commits"},
    {"{\"kind\":\"one-commit\",\"max\":3}", {.commits = 3}, NULL},
    {"{\"kind\":\"one-commit\",\"max\":3}", {.commits = 3, .merges = 1}, "a merge"},
    {"{\"kind\":\"base\"}", {.commits = 1}, NULL},
    {"{\"kind\":\"base\"}", {.commits = 1, .behind = 1}, "not below it"},
    {"{\"kind\":\"base\",\"behind\":5}", {.commits = 1, .behind = 5}, NULL},
    {"{\"kind\":\"paths\",\"allowed\":[\"src/\"]}", AT("src/a/b.c", 0, 0100644, "x"), NULL},
    {"{\"kind\":\"paths\",\"allowed\":[\"src/\"]}", AT("srcs/b.c", 0, 0100644, "x"), "outside"},
    {"{\"kind\":\"paths\",\"read_only\":[\"ro\"]}", AT("ro/a/b", 0, 0100644, "x"), "not to be"},
    {"{\"kind\":\"paths\",\"read_only\":[\"ro\"]}", AT("ro", 0, 0100644, "x"), "not to be"},
    {"{\"kind\":\"paths\",\"read_only\":[\"ro\"]}", AT("roo", 0, 0100644, "x"), NULL},
    {"{\"kind\":\"paths\",\"read_only\":[\"Ro/*.c\"]}", AT("rO/x.C", 0, 0100644, "x"), "not to be"},
    {"{\"kind\":\"paths\",\"allowed\":[\"src/**\"]}", AT("SRC/x", 0, 0100644, "x"), "outside"},
    {"{\"kind\":\"generated\",\"paths\":[\"out/*\"]}", AT("Out/t.c", 0100644, 0100644, "x"),
     "is generated"},
    {CONTENT, AT("K/gemm.c", 0, 0100644, "llama"), "must not stand"},
    {"{\"kind\":\"paths\",\"allowed\":[\"**\"],\"read_only\":[\"tests/**\"]}",
     AT("tests/x",0100644, 0, NULL), "not to be changed"},
    {"{\"kind\":\"generated\",\"paths\":[\"out/*\"]}", AT("out/t.c", 0100644, 0100644, "x"),
     "is generated"},
    {"{\"kind\":\"generated\"}",
     AT("t.c", 0, 0100644, "/* Code generated by x. DO NOT EDIT. */"), "says that"},
    {"{\"kind\":\"generated\",\"from\":[\"t.c\"]}", AT("t.c", 0, 0100644, "// @generated"), NULL},
    {"{\"kind\":\"generated\"}", AT("t.c", 0, 0100644, "int x; /* it is generated by hand */"),
     NULL},
    {"{\"kind\":\"size\",\"lines\":2}", AT("t", 0, 0100644, "a\nb\n"), NULL},
    {"{\"kind\":\"size\",\"lines\":2}", AT("t", 0, 0100644, "a\nb\nc"), "3 lines"},
    {"{\"kind\":\"size\",\"files\":0}", AT("t", 0, 0100644, "a"), "1 files"},
    {"{\"kind\":\"size\",\"bytes\":3}", AT("t", 0, 0100644, "four"), "4 bytes in"},
    {"{\"kind\":\"size\",\"file_bytes\":3}", AT("t", 0, 0100644, "four"), "4 bytes, over 3"},
    {"{\"kind\":\"size\",\"files\":0,\"except\":[\"t\"]}", AT("t", 0, 0100644, "a"), NULL},
    {"{\"kind\":\"size\",\"binary\":false}", AT("t", 0, 0100644, NULL), "no text"},
    {"{\"kind\":\"modes\"}", AT("t", 0, 0100755, "a"), NULL},
    {"{\"kind\":\"modes\",\"executables\":[\"bin/*\"]}", AT("t", 0, 0100755, "a"),
     "an executable"},
    {"{\"kind\":\"modes\"}", AT("t", 0, 0120000, "a"), "a symbolic link"},
    {"{\"kind\":\"modes\",\"links\":[\"t\"]}", AT("t", 0, 0120000, "a"), NULL},
    {"{\"kind\":\"modes\"}", AT("t", 0, 0160000, NULL), "a submodule"},
    {"{\"kind\":\"modes\"}", AT("t", 0100644, 0100755, "a"), "is now"},
    {"{\"kind\":\"modes\",\"changes\":true}", AT("t", 0100644, 0100755, "a"), NULL},
    {"{\"kind\":\"modes\"}", AT("t", 0160000, 0, NULL), NULL},
    {CONTENT, AT("k/gemm.c", 0, 0100644, "a\nb"), NULL},
    {CONTENT, AT("k/gemm.c", 0, 0100644, "a\nfor Llama alone"), "\"Llama\" must not"},
    {CONTENT, AT("nn/gemm.c", 0, 0100644, "llama"), NULL},
    {CONTENT, AT("k/blob", 0, 0100644, NULL), "nobody knows"},
    {"{\"kind\":\"content\",\"paths\":[\"*.c\"],\"require\":\"SPDX\"}",
     AT("a.c", 0, 0100644, "x"), "lacks"},
    {"{\"kind\":\"content\",\"paths\":[\"*.c\"],\"require\":\"SPDX\"}",
     AT("a.c", 0, 0100644, "/* SPDX */"), NULL},
    {"{\"kind\":\"content\",\"paths\":[\"**\"],\"forbid\":\"(a+)+$\"}",
     AT("a", 0, 0100644,
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"), "given up"},
    {LINKS, {.link = "CLAUDE.md"}, NULL},
    {LINKS, {.link = "README.md"}, "README.md"},
    {LINKS, {.link = ""}, "a file of its own"},
    {LINKS, {.link = NULL}, "missing"},
    {"{\"kind\":\"builds\",\"commands\":[[\"make\"]]}", {.failed = ""}, NULL},
    {"{\"kind\":\"builds\",\"commands\":[[\"make\"]]}", {.failed = "make"},
     "\"make\" failed: it said"},
    {PUBLISHED,
     MSG("x: y\n\nPrompts run at 412 tok/s on an EPYC, bf16, batch 1, seed 7, 3d12dc5e1."), NULL},
    {PUBLISHED, MSG("x: y\n\nPrompts run at 412 tok/s."), "without the dtype"},
    {PUBLISHED, MSG("x: y\n\nIt took 3 tries, 12 files and 5 ms."), NULL},
    {PUBLISHED, {.message = "x", .path = "docs/a.md", .mode = 0100644, .text = "a\nnow 3 GB/s"},
     "without the machine"},
    {PUBLISHED, {.message = "x", .path = "src/a.md", .mode = 0100644, .text = "now 3 GB/s"},
     NULL},
};
/* clang-format on */

static void run_trial(const struct trial *t) {
    char text[1024];
    struct policy *p;
    struct arena arena;
    struct view_range range;
    struct findings found;
    int n = snprintf(text, sizeof(text), "{\"rules\":[%s]}", t->rule);
    arena_init(&arena, 0);
    if (!test_check(policy_parse(&p, text, (size_t)n, "rules", "") == 0, __FILE__, __LINE__,
                    "%s: %s", t->rule, err_text()))
        return;
    show(&arena, &t->shown, &range);
    policy_check(p, &arena, &range, &found);
    const char *about = t->shown.message ? t->shown.message : t->shown.path ? t->shown.path : "";
    test_check(found.asked > 0, __FILE__, __LINE__, "%s was not asked about \"%s\"", t->rule,
               about);
    bool hit = false;
    for (size_t i = 0; i < found.len; i++)
        hit |= t->found && strstr(found.rows[i].text, t->found) != NULL;
    if (t->found && !hit && found.len)
        hit = strstr(found.rows[0].place, t->found) != NULL;
    test_check(t->found ? hit : found.len == 0, __FILE__, __LINE__, "%s on \"%s\": %s, not %s",
               t->rule, about, found.len ? found.rows[0].text : "nothing found",
               t->found ? t->found : "nothing");
    policy_free(p);
    arena_done(&arena);
}

TEST(each_kind_finds_what_it_should_and_nothing_else) {
    for (size_t i = 0; i < sizeof(trials) / sizeof(*trials); i++)
        run_trial(&trials[i]);
}

TEST(each_kind_has_a_good_and_a_bad_trial) {
    for (const struct kind *const *k = kind_table; *k; k++) {
        char name[64];
        int good = 0, bad = 0;
        snprintf(name, sizeof(name), "{\"kind\":\"%s\"", (*k)->name);
        for (size_t i = 0; i < sizeof(trials) / sizeof(*trials); i++)
            if (strncmp(trials[i].rule, name, strlen(name)) == 0)
                *(trials[i].found ? &bad : &good) += 1;
        test_check(good && bad, __FILE__, __LINE__, "%s has %d good trials and %d bad", (*k)->name,
                   good, bad);
        EXPECT((*k)->mend && (*k)->summary && (*k)->size && !(*k)->check != !(*k)->check_range);
    }
}
