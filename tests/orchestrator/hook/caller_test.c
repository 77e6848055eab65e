/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/caller.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "tests/test.h"

struct sample {
    const char *dialect, *input;
    enum hook_event event;
    enum hook_use use;
    const char *text, *path;
};

/* As the sources named in callers/ show them. */
/* clang-format off */
static const struct sample samples[] = {
    {"claude", "{\"session_id\":\"s\",\"cwd\":\"/w\",\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\",\"timeout\":1}}", HOOK_PRE_COMMAND, HOOK_COMMAND, "ls", ""},
    {"claude", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Write\",\"tool_input\":{\"file_path\":\"/w/a\",\"content\":\"x\"}}", HOOK_PRE_COMMAND, HOOK_EDIT, "", "/w/a"},
    {"claude", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Grep\",\"tool_input\":{\"pattern\":\"x\",\"path\":\"/etc\"}}", HOOK_PRE_COMMAND, HOOK_READ, "", "/etc"},
    {"claude", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"mcp__noctule__git_status\",\"tool_input\":{}}", HOOK_PRE_COMMAND, HOOK_NOTHING, "", ""},
    {"claude", "{\"hook_event_name\":\"PreToolUse\",\"tool_name\":\"mcp__other__run\",\"tool_input\":{}}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "", ""},
    {"claude", "{\"hook_event_name\":\"SubagentStop\",\"stop_hook_active\":true}", HOOK_STOP, HOOK_NOTHING, "", ""},
    {"codex", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\"}}", HOOK_PRE_COMMAND, HOOK_COMMAND, "ls", ""},
    {"codex", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"apply_patch\",\"tool_input\":{\"command\":\"*** x\"}}", HOOK_PRE_COMMAND, HOOK_PATCH, "*** x", ""},
    {"codex", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"write_stdin\",\"tool_input\":{\"chars\":\"x\"}}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "", ""},
    {"gemini", "{\"hook_event_name\":\"BeforeTool\","
     "\"tool_name\":\"run_shell_command\",\"tool_input\":{\"command\":\"ls\"}}", HOOK_PRE_COMMAND, HOOK_COMMAND, "ls", ""},
    {"gemini", "{\"hook_event_name\":\"AfterTool\","
     "\"tool_name\":\"replace\",\"tool_input\":{\"file_path\":\"/w/a\"}}", HOOK_POST_EDIT, HOOK_EDIT, "", "/w/a"},
    {"gemini", "{\"hook_event_name\":\"AfterAgent\",\"prompt\":\"x\"}", HOOK_STOP, HOOK_NOTHING, "", ""},
    {"cursor", "{\"hook_event_name\":\"beforeShellExecution\",\"command\":\"ls\",\"cwd\":\"/w\"}", HOOK_PRE_COMMAND, HOOK_COMMAND, "ls", ""},
    {"cursor", "{\"hook_event_name\":\"afterFileEdit\",\"file_path\":\"/w/a\",\"edits\":[]}", HOOK_POST_EDIT, HOOK_EDIT, "", "/w/a"},
    {"cursor", "{\"hook_event_name\":\"beforeMCPExecution\","
     "\"tool_name\":\"x\",\"tool_input\":\"{}\",\"command\":\"npx y\"}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "npx y", ""},
    {"noctule", "{\"event\":\"pre-command\",\"tool\":\"edit\",\"path\":\"a\"}", HOOK_PRE_COMMAND, HOOK_EDIT, "", "a"},
    {"noctule", "{\"event\":\"on-fixed\",\"case\":\"a/b\"}", HOOK_ON_FIXED, HOOK_UNKNOWN, "", ""},
};

/* Not of the dialect, or not whole: dialect, event, input, a part of the sentence. */
static const struct sample broken[] = {
    {"claude", "[]", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "not an object", ""},
    {"claude", "{}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "hook_event_name", ""},
    {"claude", "{\"hook_event_name\":\"PostToolUse\",\"tool_name\":\"Bash\"}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "speaks of PostToolUse", ""},
    {"claude", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Bash\",\"tool_input\":{}}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "lacks tool_input.command", ""},
    {"claude", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":[\"ls\"]}}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "expected a string", ""},
    {"claude", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Write\",\"tool_input\":{\"content\":\"x\"}}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "lacks tool_input.file_path", ""},
    {"claude", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Bash\",\"cwd\":\"w\",\"tool_input\":{\"command\":\"ls\"}}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "absolute", ""},
    {"claude", "{\"hook_event_name\":\"Stop\"}", HOOK_BEFORE_PUSH, HOOK_UNKNOWN, "no event like before-push", ""},
    {"claude", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\",\"workdir\":\"hooks\"}}", HOOK_PRE_COMMAND, HOOK_UNKNOWN,
     "tool_input.workdir is not known", ""},
    {"claude", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\",\"dangerouslyDisableSandbox\":true}}", HOOK_PRE_COMMAND, HOOK_UNKNOWN,
     "tool_input.dangerouslyDisableSandbox is not known", ""},
    {"codex", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\",\"with_escalated_permissions\":true}}", HOOK_PRE_COMMAND, HOOK_UNKNOWN,
     "with_escalated_permissions is not known", ""},
    {"codex", "{\"hook_event_name\":\"PreToolUse\","
     "\"tool_name\":\"Bash\",\"tool_input\":{\"command\":\"ls\",\"chdir\":\"x\"}}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "tool_input.chdir is not known", ""},
    {"gemini", "{\"hook_event_name\":\"BeforeTool\","
     "\"tool_name\":\"run_shell_command\",\"tool_input\":{\"command\":\"ls\",\"directory\":\"a\",\"dir_path\":\"b\"}}",
     HOOK_PRE_COMMAND, HOOK_UNKNOWN, "two folders", ""},
    {"gemini", "{\"hook_event_name\":\"BeforeTool\","
     "\"tool_name\":\"run_shell_command\",\"tool_input\":{\"command\":\"ls\",\"directory\":[\"a\"]}}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "expected a string", ""},
    {"cursor", "{\"hook_event_name\":\"beforeShellExecution\",\"cwd\":\"/w\"}", HOOK_PRE_COMMAND, HOOK_UNKNOWN, "lacks command", ""},
};
/* clang-format on */

static int read_sample(const struct sample *s, struct hook_call *call, struct json_doc **doc) {
    const struct caller *d = NULL;
    int rc = caller_find(&d, s->dialect);
    if (rc == 0)
        rc = json_parse(doc, s->input, strlen(s->input), "the input", 0);
    return rc < 0 ? rc : caller_read(call, d, s->event, json_root(*doc));
}

TEST(what_each_program_sends_is_understood) {
    for (size_t i = 0; i < sizeof(samples) / sizeof(*samples); i++) {
        const struct sample *s = &samples[i];
        struct json_doc *doc = NULL;
        struct hook_call call = {.tool = ""};
        int rc = read_sample(s, &call, &doc);
        (void)test_check(rc == 0, __FILE__, __LINE__, "%s: %s", s->input, rc ? err_text() : "");
        if (rc == 0) {
            EXPECT_INT(call.use, s->use);
            EXPECT_STR(call.text, s->text);
            EXPECT_STR(call.path, s->path);
        }
        json_free(doc);
    }
}

TEST(what_is_not_whole_is_refused) {
    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
        struct json_doc *doc = NULL;
        struct hook_call call;
        int rc = read_sample(&broken[i], &call, &doc);
        (void)test_check(rc < 0 && strstr(err_text(), broken[i].text), __FILE__, __LINE__,
                         "%s: %s lacks %s", broken[i].input, rc ? err_text() : "taken",
                         broken[i].text);
        json_free(doc);
    }
}

struct judged {
    const char *dialect, *event, *tool, *input, *why; /* why: a part of it, "" = allowed */
};

/* Each path that a call gives, where its command runs, and what its pattern fits. */
/* clang-format off */
static const struct judged judged[] = {
    {"gemini", "BeforeTool", "run_shell_command", "\"command\":\"echo x > config\",\"directory\":\".git\"", ".git"},
    {"gemini", "BeforeTool", "run_shell_command", "\"command\":\"rm validate-command\",\"dir_path\":\"hooks\"", "not written"},
    {"gemini", "BeforeTool", "run_shell_command", "\"command\":\"ls\",\"directory\":\"../x\"", "outside"},
    {"gemini", "BeforeTool", "run_shell_command", "\"command\":\"ls\",\"directory\":\"/\"", "outside"},
    {"gemini", "BeforeTool", "run_shell_command", "\"command\":\"touch x\",\"directory\":\"src\"", ""},
    {"gemini", "BeforeTool", "glob", "\"pattern\":\"/etc/*\"", "outside"},
    {"gemini", "BeforeTool", "grep_search", "\"pattern\":\"/etc\",\"include\":\"*.c\"", ""},
    {"codex", "PreToolUse", "Bash", "\"command\":\"rm validate-command\",\"workdir\":\"hooks\"", "not written"},
    {"codex", "PreToolUse", "apply_patch", "\"command\":\"*** Add File: x\",\"workdir\":\"hooks\"", "not written"},
    {"codex", "PreToolUse", "Bash", "\"command\":\"touch x\",\"workdir\":\"src\"", ""},
    {"claude", "PreToolUse", "NotebookEdit", "\"notebook_path\":\"hooks/x.ipynb\"", "not written"},
    {"claude", "PreToolUse", "NotebookEdit", "\"file_path\":\"a\",\"notebook_path\":\"hooks/x.ipynb\"", "not written"},
    {"claude", "PreToolUse", "NotebookEdit", "\"notebook_path\":\"src/x.ipynb\"", ""},
    {"claude", "PreToolUse", "Write", "\"file_path\":\"CLAUDE.md\"", "not written"},
    {"claude", "PreToolUse", "Glob", "\"pattern\":\"/etc/*\"", "outside"},
    {"claude", "PreToolUse", "Glob", "\"pattern\":\"../*\"", "leave the tree"},
    {"claude", "PreToolUse", "Glob", "\"pattern\":\"**/*.c\"", ""},
    {"claude", "PreToolUse", "Glob", "\"pattern\":\"*\",\"path\":\"/etc\"", "outside"},
    {"claude", "PreToolUse", "Grep", "\"pattern\":\"/etc\",\"glob\":\".git/*\"", ".git"},
    {"claude", "PreToolUse", "Grep", "\"pattern\":\"x\",\"glob\":\"*.{c,h}\"", ""},
};
/* clang-format on */

TEST(all_that_a_call_names_is_judged) {
    static const char *const folders[] = {"src", "hooks"};
    char root[PATH_MAX], folder[PATH_MAX];
    REQUIRE(realpath(test_folder(), root));
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        (void)snprintf(folder, sizeof(folder), "%.4000s/%s", root, folders[i]);
        (void)file_make_dirs(folder);
    }
    const struct hook_setup setup = {.root = root, .level = ALLOW_EDIT, .script_ms = 1000};
    for (size_t i = 0; i < sizeof(judged) / sizeof(*judged); i++) {
        const struct judged *j = &judged[i];
        char text[1024];
        (void)snprintf(text, sizeof(text),
                       "{\"hook_event_name\":\"%s\",\"tool_name\":\"%s\",\"tool_input\":{%s}}",
                       j->event, j->tool, j->input);
        const struct sample s = {j->dialect, text, HOOK_PRE_COMMAND, HOOK_UNKNOWN, "", ""};
        struct hook_call call = {.tool = ""};
        struct json_doc *doc = NULL;
        enum hook_answer answer = HOOK_ERROR;
        struct buf why;
        buf_init(&why, 4096);
        int rc = read_sample(&s, &call, &doc);
        if (rc == 0)
            rc = hook_decide(&call, &setup, &answer, &why);
        bool good = rc == 0 && (*j->why ? answer == HOOK_DENY && strstr(why.data, j->why)
                                        : answer == HOOK_ALLOW);
        (void)test_check(good, __FILE__, __LINE__, "%s: \"%s\" lacks \"%s\"", text,
                         rc ? err_text() : why.data, j->why);
        buf_done(&why);
        json_free(doc);
    }
}

static void expect_answer(const char *dialect, enum hook_event event, enum hook_answer answer,
                          const char *want) {
    const struct caller *d = NULL;
    struct hook_call call = {.event = event, .dialect = dialect};
    struct buf out;
    buf_init(&out, 4096);
    EXPECT_INT(caller_find(&d, dialect), 0);
    caller_answer(&out, d, &call, answer, "no \"way\"");
    EXPECT_STR(out.data, want);
    buf_done(&out);
}

TEST(answers_are_of_the_form_that_is_read) {
    expect_answer("claude", HOOK_PRE_COMMAND, HOOK_ALLOW,
                  "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\","
                  "\"permissionDecision\":\"allow\"}}\n");
    expect_answer("claude", HOOK_PRE_COMMAND, HOOK_ERROR,
                  "{\"hookSpecificOutput\":{\"hookEventName\":\"PreToolUse\","
                  "\"permissionDecision\":\"deny\",\"permissionDecisionReason\":\"no "
                  "\\\"way\\\"\"}}\n");
    expect_answer("claude", HOOK_STOP, HOOK_DENY,
                  "{\"decision\":\"block\",\"reason\":\"no \\\"way\\\"\"}\n");
    expect_answer("claude", HOOK_STOP, HOOK_ALLOW, "{}\n");
    expect_answer("codex", HOOK_PRE_COMMAND, HOOK_ALLOW, "{}\n");
    expect_answer("codex", HOOK_POST_EDIT, HOOK_DENY,
                  "{\"decision\":\"block\",\"reason\":\"no \\\"way\\\"\"}\n");
    expect_answer("gemini", HOOK_PRE_COMMAND, HOOK_DENY,
                  "{\"decision\":\"deny\",\"reason\":\"no \\\"way\\\"\"}\n");
    expect_answer("gemini", HOOK_STOP, HOOK_ALLOW, "{\"decision\":\"allow\"}\n");
    expect_answer("cursor", HOOK_PRE_COMMAND, HOOK_DENY,
                  "{\"permission\":\"deny\",\"user_message\":\"no \\\"way\\\"\","
                  "\"agent_message\":\"no \\\"way\\\"\"}\n");
    expect_answer("cursor", HOOK_STOP, HOOK_DENY, "{\"followup_message\":\"no \\\"way\\\"\"}\n");
    expect_answer("noctule", HOOK_BEFORE_PR, HOOK_ERROR,
                  "{\"event\":\"before-pr\",\"decision\":\"deny\",\"reason\":\"no \\\"way\\\"\","
                  "\"error\":true}\n");
}
