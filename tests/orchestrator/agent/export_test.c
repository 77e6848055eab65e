/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <yaml.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/agent/role.h"
#include "tests/test.h"

static bool ends_with(const char *s, const char *end) {
    return strlen(s) >= strlen(end) && strcmp(s + strlen(s) - strlen(end), end) == 0;
}

static void make(struct export *e) {
    struct roles roles;
    REQUIRE(roles_load(&roles, SOURCE_DIR "/agents") == 0);
    EXPECT_INT(export_make(e, &roles, NULL), 0);
    roles_done(&roles);
}

static bool is_yaml_with(const char *text, const char *key) {
    const char *end = strstr(text + 4, "\n---\n");
    yaml_parser_t parser;
    yaml_document_t doc;
    bool found = false;
    if (strncmp(text, "---\n", 4) != 0 || !end || !yaml_parser_initialize(&parser))
        return false;
    yaml_parser_set_input_string(&parser, (const unsigned char *)text + 4,
                                 (size_t)(end - text - 3));
    if (yaml_parser_load(&parser, &doc)) {
        yaml_node_t *root = yaml_document_get_root_node(&doc);
        for (yaml_node_pair_t *p = root->data.mapping.pairs.start; p < root->data.mapping.pairs.top;
             p++) {
            yaml_node_t *k = yaml_document_get_node(&doc, p->key);
            found = found || strcmp((const char *)k->data.scalar.value, key) == 0;
        }
        yaml_document_delete(&doc);
    }
    yaml_parser_delete(&parser);
    return found;
}

/* Each line is a comment, a table, blank, or key = value with a string or a number. */
static bool is_toml(const char *text) {
    for (const char *at = text; *at;) {
        size_t len = strcspn(at, "\n");
        const char *equal = memchr(at, '=', len);
        bool string = equal && equal[2] == '"' && at[len - 1] == '"' && len > 6;
        bool number = equal && strspn(equal + 2, "0123456789") == (size_t)(at + len - equal - 2);
        if (len && *at != '#' && strncmp(at, "[[rule]]", 8) != 0 && !string && !number)
            return false;
        at += len + (at[len] == '\n');
    }
    return true;
}

TEST(every_form_parses_and_names_our_hooks) {
    struct export e;
    int json = 0, yaml = 0, toml = 0;
    make(&e);
    for (size_t i = 0; i < e.len; i++) {
        const char *path = e.files[i].path, *text = e.files[i].text;
        struct json_doc *doc = NULL;
        if (ends_with(path, ".json")) {
            EXPECT_INT(json_parse(&doc, text, strlen(text), path, 0), 0);
            EXPECT(json_len(json_get(json_root(doc), "hooks")) == 3);
            EXPECT_HAS(text, "\"command\": \"noctule hook pre-command --dialect ");
            json_free(doc);
            json++;
        } else if (ends_with(path, ".toml")) {
            EXPECT(is_toml(text));
            toml++;
        } else if (strstr(path, ".claude/agents/")) {
            EXPECT(is_yaml_with(text, "name") && is_yaml_with(text, "description") &&
                   is_yaml_with(text, "tools"));
            EXPECT(is_yaml_with(text, "hooks") && !is_yaml_with(text, "noctule"));
            yaml++;
        } else {
            EXPECT_STR(path, "AGENTS.md");
            EXPECT_HAS(text, "\n## Reviewer\n");
            EXPECT_HAS(text, "- may be changed: `engine/`\n");
        }
    }
    EXPECT_INT(json, 3);
    EXPECT_INT(yaml, 3);
    EXPECT_INT(toml, 1);
    export_done(&e);
}

static const char *text_of(const struct export *e, const char *path) {
    for (size_t i = 0; i < e->len; i++)
        if (strcmp(e->files[i].path, path) == 0)
            return e->files[i].text;
    return "";
}

TEST(hooks_have_what_the_role_may) {
    struct export e;
    struct roles roles;
    make(&e);
    const char *runner = text_of(&e, ".claude/agents/test-runner.md");
    EXPECT_HAS(runner, "noctule hook pre-command --dialect claude --level test --editable 'engine/'"
                       " --read-only 'engine/base/'");
    EXPECT_HAS(runner, " --read-only 'noctule.json' --read-only 'noctule.json/' --read-only "
                       "'tests/' --read-only 'engine/check/' ");
    EXPECT_HAS(text_of(&e, ".claude/agents/reviewer.md"), "--level read --read-only '**'\"");
    /* Whichever is played: none of those that edit may write tests. */
    EXPECT_HAS(text_of(&e, ".codex/hooks.json"),
               "noctule hook pre-command --dialect codex --level test --editable 'engine/' "
               "--read-only 'engine/base/'");
    export_done(&e);
    REQUIRE(roles_load(&roles, SOURCE_DIR "/agents") == 0);
    EXPECT_INT(export_make(&e, &roles, "reviewer"), 0);
    EXPECT_HAS(text_of(&e, ".gemini/settings.json"), "--level read --read-only '**'\"");
    EXPECT_HAS(text_of(&e, ".claude/agents/test-runner.md"), "--editable 'engine/'");
    export_done(&e);
    EXPECT_INT(export_make(&e, &roles, "nobody"), ERR_NOTFOUND);
    roles_done(&roles);
}

TEST(what_is_not_up_to_date_is_named) {
    struct export e;
    struct buf text, path;
    const char *folder = test_folder();
    make(&e);
    buf_init(&text, 1 << 20);
    buf_init(&path, 1 << 16);
    EXPECT_INT(export_check(&e, folder, &text), e.len);
    buf_reset(&text);
    EXPECT_INT(export_write(&e, folder, &text), 0);
    EXPECT_INT(export_check(&e, folder, &text), 0);
    EXPECT_STR(text.data, "");
    EXPECT_INT(file_replace(file_join(&path, folder, ".codex/hooks.json"), "{}", 2), 0);
    EXPECT_INT(export_check(&e, folder, &text), 1);
    EXPECT_STR(text.data, ".codex/hooks.json\n");
    /* A link is somebody's decision. */
    buf_reset(&text);
    EXPECT_INT(unlink(file_join(&path, folder, "AGENTS.md")), 0);
    EXPECT_INT(symlink("CLAUDE.md", path.data), 0);
    EXPECT_INT(export_write(&e, folder, &text), 0);
    EXPECT_STR(text.data, "AGENTS.md\n");
    EXPECT_INT(export_check(&e, folder, &text), 0);
    buf_done(&path);
    buf_done(&text);
    export_done(&e);
}
