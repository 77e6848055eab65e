/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/scope.h"

#include "engine/base/err.h"
#include "tests/test.h"

static const struct scope names = {.root = "/work/tree", .cwd = "/work/tree", .lexical = true};

/* By whichever of the programs, and wherever in the tree it looks for them. */
TEST(what_others_read_as_instructions_is_not_written) {
    static const char *const paths[] = {"CLAUDE.md",
                                        "engine/CLAUDE.md",
                                        "CLAUDE.local.md",
                                        "AGENTS.md",
                                        "a/b/AGENTS.md",
                                        "AGENTS.override.md",
                                        "GEMINI.md",
                                        "a/GEMINI.md",
                                        "CODEX.md",
                                        ".cursorrules",
                                        "a/.cursorrules",
                                        ".cursor/rules/a.mdc",
                                        "a/.cursor/rules/a.mdc",
                                        "a/.claude/settings.json",
                                        ".windsurfrules",
                                        ".windsurf/rules/a.md",
                                        ".clinerules",
                                        ".clinerules/a.md",
                                        ".github/copilot-instructions.md",
                                        ".github/instructions/a.instructions.md",
                                        ".github/prompts/a.md",
                                        ".mcp.json"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); i++) {
        (void)test_check(scope_write(&names, paths[i]) == ERR_ARG, __FILE__, __LINE__, "%s",
                         paths[i]);
        EXPECT_INT(scope_read(&names, paths[i]), 0);
    }
    EXPECT_INT(scope_write(&names, "engine/agents.c"), 0);
    EXPECT_INT(scope_write(&names, ".github/workflows/a.yml"), 0);
}
