/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/hook/edit.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "orchestrator/hook/source.h"
#include "tests/test.h"

static void expect_look(const char *path, const char *text, const char *want) {
    struct buf why;
    buf_init(&why, 1 << 16);
    edit_look(path, text, strlen(text), &why);
    (void)test_check(strcmp(why.data, want) == 0, __FILE__, __LINE__, "%s of %s: %s, not %s", text,
                     path, why.data, want);
    buf_done(&why);
}

TEST(each_kind_of_file_has_its_rules) {
    char wide[128];
    memset(wide, 'x', 101);
    memcpy(wide + 101, "\n", 2);
    expect_look("a.c", "int x;\n", "");
    expect_look("a.c", "", "");
    expect_look("a.c", wide, "a.c:1: the line is 101 columns wide, over 100\n");
    expect_look("a.md", wide, "");
    expect_look("a.md", "two  \nlines\n", "");
    expect_look("a.c", "int x; \n", "a.c:1: a blank at the end of the line\n");
    expect_look("a.py", "x\t= 1\n", "a.py:1: a tab\n");
    expect_look("Makefile", "a:\n\tb\n", "");
    expect_look("sub/Makefile", "a:\n\tb", "sub/Makefile:2: no newline at the end of the file\n");
    expect_look("a.sh", "x\r\n", "a.sh:1: a carriage return at the end of the line\n");
    expect_look("a.json", "{\"a\":1}\n", "");
    expect_look("a.json", "// why\n{\"a\":1,}\n", "");
    expect_look("a.json", "{\"a\":}\n", "a.json: line 1, offset 5: expected a value\n");
    expect_look("a.bin", "\t \n", "");
    expect_look("a.rs", "<<<<<<< HEAD\n", "a.rs:1: a conflict is not resolved\n");
    expect_look("NotMakefile", "\t \n", "");
}

TEST(banned_calls_are_found_where_they_are_calls) {
    expect_look("a.c", "int f(void) {\n    return atoi(\"1\");\n}\n",
                "a.c:2: banned call: atoi()\n");
    expect_look("a.c", "x = system (y);\n", "a.c:1: banned call: system()\n");
    expect_look("a.c", "/* system(y) */\n", "");
    expect_look("a.c", "/* a\n b */ strcpy(a, b);\n", "a.c:2: banned call: strcpy()\n");
    expect_look("a.c", "s = \"system(y) \\\" gets(\";\n", "");
    expect_look("a.c", "c = '\"'; gets(s);\n", "a.c:1: banned call: gets()\n");
    expect_look("a.c", "ops.system(y); ops->rand(1);\n", "");
    expect_look("a.c", "my_system(y); systems(z); int system;\n", "");
    expect_look("a.c", "// gets(s)\nrand();\n", "a.c:2: banned call: rand()\n");
}

TEST(findings_are_bounded_and_counted) {
    struct buf text, why;
    buf_init(&text, 1 << 16);
    buf_init(&why, 1 << 16);
    for (int i = 0; i < 50; i++)
        buf_puts(&text, "x \n");
    edit_look("a.c", text.data, text.len, &why);
    EXPECT_HAS(why.data, "a.c: and 30 more");
    buf_done(&text);
    buf_done(&why);
}

/* What the tree forbids itself it forbids others. */
TEST(the_banned_calls_are_those_of_the_tree) {
    struct file file;
    REQUIRE(file_read(&file, SOURCE_DIR "/tests/tidy.awk", 1 << 20) == 0);
    for (const char *const *b = source_banned; *b; b++)
        (void)test_check(memmem(file.data, file.size, *b, strlen(*b)) != NULL, __FILE__, __LINE__,
                         "tests/tidy.awk does not ban %s", *b);
    file_done(&file);
}
