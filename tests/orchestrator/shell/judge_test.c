/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/shell/judge.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/shell/scope.h"
#include "tests/test.h"

static const char *const read_only[] = {"tests/", NULL};
static const struct scope names = {
    .root = "/work/tree", .cwd = "/work/tree", .read_only = read_only, .lexical = true};

static void expect_allowed(enum allow_level level, const char *const *lines) {
    for (; *lines; lines++) {
        int rc = judge_line(level, &names, *lines, strlen(*lines));
        (void)test_check(rc == 0, __FILE__, __LINE__, "%s: %s", *lines, rc ? err_text() : "");
    }
}

/* Pairs: a line, and a part of the sentence. */
static void expect_denied(enum allow_level level, const char *const *rows) {
    for (; *rows; rows += 2) {
        int rc = judge_line(level, &names, rows[0], strlen(rows[0]));
        (void)test_check(rc < 0 && strstr(err_text(), rows[1]), __FILE__, __LINE__,
                         "%s: %s lacks %s", rows[0], rc ? err_text() : "allowed", rows[1]);
    }
}

TEST(the_work_of_a_day_is_allowed) {
    static const char *const reading[] = {"ls -la engine",
                                          "cat README.md | head -20",
                                          "grep -rn 'struct tensor' engine",
                                          "grep -rnA3 -e one -e two engine tests",
                                          "find . -name '*.c' -type f -maxdepth 2",
                                          "sed -n '10,20p' engine/base/err.c",
                                          "git log --oneline -5 -- engine",
                                          "git diff HEAD~2 --stat",
                                          "git show HEAD:engine/base/err.h",
                                          "git diff main..topic",
                                          "wc -l 'engine/*.c'",
                                          "cd engine && ls && cat base/err.h | wc -l",
                                          "noctule status --json 2>&1 | head -n 5",
                                          "cat <README.md",
                                          "test -f Makefile && echo yes",
                                          "git status --short --branch",
                                          "sort -t: -k2 a | uniq -c",
                                          "ls 2>/dev/null",
                                          "ls --color=auto",
                                          "diff -u a/../b c",
                                          "cat /work/tree/README.md",
                                          "build/release/noctule plan",
                                          NULL};
    static const char *const testing[] = {
        "make check",
        "ctest --preset release -R '^engine/base/json$' --output-on-failure",
        "cmake --build --preset release -j2",
        "build/release/noctule-engine check tests/models/qwen3 --backend cpu --dtype f32 --case "
        "x/y",
        "tests/tidy.sh .",
        "clang-format-14 --dry-run -Werror engine/base/err.c",
        NULL};
    static const char *const editing[] = {"mkdir -p engine/new",
                                          "rm engine/a.c",
                                          "mv engine/a engine/b",
                                          "echo x >engine/notes",
                                          "clang-format-14 -i engine/a.c",
                                          "cp tests/a engine/b",
                                          NULL};
    expect_allowed(ALLOW_READ, reading);
    expect_allowed(ALLOW_TEST, testing);
    expect_allowed(ALLOW_EDIT, editing);
}

TEST(the_measured_spellings_of_a_deletion_are_denied) {
    static const char *const rows[] = {"rm -rf tests",
                                       "rm",
                                       "rm  -rf tests",
                                       "rm",
                                       "rm\t-rf tests",
                                       "rm",
                                       "rm -r -f tests",
                                       "rm",
                                       "rm --recursive --force tests",
                                       "rm",
                                       "r\\m -r\"\"f tests",
                                       "backslash",
                                       "rm${IFS}-rf tests",
                                       "\"$\"",
                                       "echo cm0gLXJmIHRlc3Rz | base64 -d | sh",
                                       "base64",
                                       "eval \"$(printf 'rm -rf tests')\"",
                                       "'…'",
                                       "env -S 'rm -rf tests'",
                                       "env starts another",
                                       "echo tests | xargs rm -rf",
                                       "xargs starts another",
                                       "find tests -delete",
                                       "-delete",
                                       "python3 -c 'import shutil; shutil.rmtree(\"tests\")'",
                                       "interpreter",
                                       "perl -e 'system(\"rm -rf tests\")'",
                                       "interpreter",
                                       "X=rm; $X -rf tests",
                                       "variable",
                                       "git -c alias.z='!rm -rf tests' z",
                                       "without options before its verb",
                                       "git -c core.fsmonitor='rm -rf tests' status",
                                       "without options before its verb",
                                       "git clean -fdx",
                                       "noctule git",
                                       NULL};
    expect_denied(ALLOW_EDIT, rows);
}

TEST(options_that_do_more_than_they_look_are_denied) {
    static const char *const rows[] = {"find . -exec rm '{}' ';'",
                                       "-exec",
                                       "find . -ok rm",
                                       "-ok",
                                       "find . -fprint x",
                                       "-fprint",
                                       "sort -o engine/a engine/b",
                                       "-o",
                                       "sort --output=x y",
                                       "--output",
                                       "sort -no x y",
                                       "-no",
                                       "sort --compress-program=sh x",
                                       "--compress-program",
                                       "rg --pre sh x",
                                       "--pre",
                                       "git log --output=x",
                                       "--output",
                                       "git grep -Osh x",
                                       "-Osh",
                                       "git diff --no-index a b",
                                       "--no-index",
                                       "git diff --ext-diff",
                                       "--ext-diff",
                                       "sed -i s/a/b/ x",
                                       "-i",
                                       "sed -n '1e id' x",
                                       "print lines",
                                       "sed -n 'w out' x",
                                       "print lines",
                                       "sed --expression=p x",
                                       "--expression",
                                       "date -s x",
                                       "-s",
                                       "date 010100002026",
                                       "one operand too many",
                                       "grep -f /etc/passwd x",
                                       "-f",
                                       "wc --files0-from=x",
                                       "--files0-from",
                                       "make SHELL=/tmp/x",
                                       "word allowed here",
                                       "make -f other",
                                       "-f",
                                       "ctest --build-and-test x",
                                       "--build-and-test",
                                       "cmake -P evil.cmake",
                                       "-P",
                                       "git log --outpu=x",
                                       "--outpu",
                                       "ls --colo=auto",
                                       "--colo",
                                       "tail -f x",
                                       "-f",
                                       "cargo test --config x",
                                       "--config",
                                       "cmake --build . -- -f x",
                                       "one operand too many",
                                       NULL};
    expect_denied(ALLOW_EDIT, rows);
}

TEST(paths_stay_in_the_tree) {
    static const char *const rows[] = {"cat /etc/passwd",
                                       "outside",
                                       "cat ../secret",
                                       "outside",
                                       "cat a/../../secret",
                                       "outside",
                                       "cat /work/tree2/x",
                                       "outside",
                                       "cat .git/config",
                                       ".git",
                                       "cat a/.GIT/config",
                                       ".git",
                                       "grep -ie x /etc/passwd",
                                       "outside",
                                       "grep -ex /etc/passwd",
                                       "outside",
                                       "grep x -- /etc/passwd",
                                       "outside",
                                       "git diff /etc/passwd README.md",
                                       "no plain",
                                       "git diff ../x README.md",
                                       "no plain",
                                       "git log -- ../x",
                                       "no plain",
                                       "git show ':(top)x'",
                                       "no plain",
                                       "cat <../x",
                                       "outside",
                                       "ls >/tmp/x",
                                       "outside",
                                       "echo x >tests/a",
                                       "not written",
                                       "rm tests/a",
                                       "not written",
                                       "echo x >hooks/validate-command",
                                       "not written",
                                       "touch .claude/settings.json",
                                       "not written",
                                       "cp a /tmp/b",
                                       "outside",
                                       "mv /work/tree/a ../b",
                                       "outside",
                                       "find / -name x",
                                       "outside",
                                       "cat ''",
                                       "empty",
                                       "cd .. && ls",
                                       "outside",
                                       "cd /",
                                       "outside",
                                       "cd engine && cat ../../x",
                                       "outside",
                                       "cd engine ; cat ../x",
                                       "cd may only",
                                       "cd engine || cat ../x",
                                       "cd may only",
                                       "cd engine | ls",
                                       "cd may only",
                                       "ls && cd engine && ls ; cat x",
                                       "cd may only",
                                       "cd -",
                                       "one folder",
                                       "cd",
                                       "one folder",
                                       "cp tests/a tests/b",
                                       "not written",
                                       NULL};
    expect_denied(ALLOW_EDIT, rows);
}

/* The name that is written may be made of both operands, and "hooks" is that of "hooks/" too. */
TEST(a_folder_as_a_target_is_what_it_takes_in) {
    static const char *const rows[] = {"cp a/noctule.json .",
                                       "not written",
                                       "cp a/noctule.json b/..",
                                       "not written",
                                       "cp a/noctule.json /work/tree",
                                       "not written",
                                       "cp a/x hooks",
                                       "not written",
                                       "mv a/hooks .",
                                       "not written",
                                       "mv a/hooks/ ./",
                                       "not written",
                                       "mv a/hooks hooks",
                                       "not written",
                                       "mv hooks x",
                                       "not written",
                                       "mv tests x",
                                       "not written",
                                       "mv ./tests/ x",
                                       "not written",
                                       "mkdir .claude",
                                       "not written",
                                       "cp a/head b/HEAD",
                                       "repository",
                                       "cp a/HEAD b",
                                       "repository",
                                       "cp a/.gitattributes b/c",
                                       "not written",
                                       "mv . x",
                                       "not written",
                                       "cd a && mv ../b/agents ..",
                                       "not written",
                                       "touch noctule.json/x",
                                       "not written",
                                       "mv a b && ls",
                                       "a line of its own",
                                       "mkdir b && mv a b",
                                       "a line of its own",
                                       NULL};
    static const char *const fine[] = {"cp a/x .", "cd a && mv b ../c", "mv a/tests b",
                                       "cp hooks/validate-command a", NULL};
    expect_denied(ALLOW_EDIT, rows);
    expect_allowed(ALLOW_EDIT, fine);
}

TEST(levels_hold_each_other) {
    static const char *const reading[] = {"make check",     "level \"test\"", "rm engine/a",
                                          "level \"edit\"", "ls >engine/a",   "level \"edit\"",
                                          "ctest -N",       "level \"test\"", NULL};
    static const char *const testing[] = {"rm engine/a",
                                          "level \"edit\"",
                                          "clang-format-14 -i a.c",
                                          "level \"edit\"",
                                          "ls >engine/a",
                                          "level \"edit\"",
                                          NULL};
    enum allow_level level;
    expect_denied(ALLOW_READ, reading);
    expect_denied(ALLOW_TEST, testing);
    EXPECT_INT(allow_level_parse(&level, "edit"), 0);
    EXPECT_INT(level, ALLOW_EDIT);
    EXPECT_INT(allow_level_parse(&level, "root"), ERR_ARG);
}

static void write_text(const char *folder, const char *name) {
    char path[PATH_MAX + 64];
    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    (void)file_replace(path, "x\n", 2);
}

TEST(links_are_followed_before_a_path_is_judged) {
    char tree[PATH_MAX], real[PATH_MAX], path[PATH_MAX + 64], other[PATH_MAX + 64];
    (void)snprintf(tree, sizeof(tree), "%s/tree", test_folder());
    (void)file_make_dirs(tree);
    REQUIRE(realpath(tree, real));
    struct scope s = {.root = real, .cwd = real};
    write_text(test_folder(), "secret");
    write_text(real, "own");
    (void)snprintf(path, sizeof(path), "%s/soft", real);
    REQUIRE(symlink("../secret", path) == 0);
    (void)snprintf(path, sizeof(path), "%s/up", real);
    REQUIRE(symlink("..", path) == 0);
    (void)snprintf(path, sizeof(path), "%s/nothing", real);
    REQUIRE(symlink("../new", path) == 0);
    (void)snprintf(path, sizeof(path), "%s/own", real);
    (void)snprintf(other, sizeof(other), "%s/hard", real);
    REQUIRE(link(path, other) == 0);
    EXPECT_INT(scope_read(&s, "own"), 0);
    EXPECT_INT(scope_read(&s, "soft"), ERR_ARG);
    EXPECT_INT(scope_read(&s, "up/secret"), ERR_ARG);
    EXPECT_INT(scope_read(&s, "up/new"), ERR_ARG);
    EXPECT_INT(scope_write(&s, "nothing"), ERR_ARG);
    EXPECT_INT(scope_read(&s, "hard"), 0);
    EXPECT_INT(scope_write(&s, "hard"), ERR_ARG);
    EXPECT_INT(scope_write(&s, "new/deep/file"), 0);
    EXPECT_INT(scope_read(&s, "up/tree/own"), 0);
    EXPECT_INT(scope_read(&s, "/dev/null"), 0);
    (void)snprintf(path, sizeof(path), "%s/pipe", real);
    REQUIRE(mkfifo(path, 0600) == 0);
    EXPECT_INT(scope_read(&s, "pipe"), ERR_ARG);
}

static void expect_judged(const struct scope *s, const char *line, const char *want) {
    int rc = judge_line(ALLOW_EDIT, s, line, strlen(line));
    (void)test_check(*want ? rc < 0 && strstr(err_text(), want) : rc == 0, __FILE__, __LINE__,
                     "%s: %s lacks %s", line, rc ? err_text() : "allowed", want);
}

/* What a folder holds goes with it, by names that the line does not say. */
TEST(what_lies_in_a_folder_is_moved_with_it) {
    static const char *const kept[] = {"engine/base/**", "engine/**/gen.c", "kept", NULL};
    static const char *const editable[] = {"engine/**", "x/**", NULL};
    static const char *const folders[] = {
        "hooks/d",          "engine/base", "engine/new/sub", "engine/out", "engine/linked",
        "engine/repo/.git", "kept",        "x/agents/sub",   "x/plain",    "x/make"};
    static const char *const files[] = {
        "hooks/v",        "engine/base/a.c", "engine/a.c",   "engine/new/sub/b.c", "kept/k",
        "x/agents/sub/f", "x/plain/f",       "x/make/gen.c", "x/noctule.json"};
    char real[PATH_MAX], path[PATH_MAX];
    (void)snprintf(path, sizeof(path), "%.4000s/moved", test_folder());
    (void)file_make_dirs(path);
    REQUIRE(realpath(path, real));
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        (void)snprintf(path, sizeof(path), "%.4000s/%s", real, folders[i]);
        (void)file_make_dirs(path);
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
        write_text(real, files[i]);
    (void)snprintf(path, sizeof(path), "%.4000s/engine/linked/l", real);
    REQUIRE(symlink("../base", path) == 0);
    (void)snprintf(path, sizeof(path), "%.4000s/engine/way", real);
    REQUIRE(symlink("../hooks", path) == 0);
    (void)snprintf(path, sizeof(path), "%.4000s/deep", real);
    REQUIRE(symlink("hooks/d", path) == 0);
    const struct scope s = {.root = real, .cwd = real, .read_only = kept, .editable = editable};
    static const char *const rows[][2] = {
        {"cp engine/a.c engine/base",                            "not written"                      },
        {"cp engine/a.c engine/base/",                           "not written"                      },
        {"cp engine/a.c engine/base/.",                          "not written"                      },
        {"cp engine/a.c engine/new/../base",                     "not written"                      },
        {"cp engine/a.c engine/way",                             "not written"                      },
        {"cp engine/a.c engine/linked/l",                        "not written"                      },
        {"cp engine/a.c kept",                                   "not written"                      },
        {"cp engine/a.c kept/k",                                 "not written"                      },
        {"cp engine/a.c kept/new",                               "not written"                      },
        {"cp x/make/gen.c engine/new",                           "not written"                      },
        {"cp x/make/gen.c engine/later",                         "not written"                      },
        {"mv engine/base engine/gone",                           "not written"                      },
        {"mv engine x/gone",                                     "not among"                        },
        {"mv engine/linked engine/moved",                        "link"                             },
        {"mv engine/way engine/moved",                           "link"                             },
        {"mv engine/repo engine/moved",                          ".git"                             },
        {"mv x/make engine/moved",                               "gen.c may be read and not written"},
        {"mv x/plain engine/new && echo x",                      "a line of its own"                },
        {"mv engine/new engine/new2 | cat",                      "a line of its own"                },
        {"mv engine/new engine/out",                             ""                                 },
        {"cd engine && mv new out",                              ""                                 },
        {"mv x/plain engine/new",                                ""                                 },
        {"cp engine/a.c engine/new && mv engine/a.c engine/b.c", ""                                 },
        {"cp hooks/v engine/new",                                ""                                 },
        {"mv engine/a.c engine/new/sub",                         ""                                 },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        expect_judged(&s, rows[i][0], rows[i][1]);
    /* Nothing but what guards are made of is closed: yet a folder above it stays where it is. */
    const struct scope all = {.root = real, .cwd = real, .read_only = kept};
    expect_judged(&all, "mv engine x/gone", "is the folder of what may be read");
    expect_judged(&all, "mv x/agents x/a2", "");
    expect_judged(&all, "cp x/noctule.json .", "not written");
    expect_judged(&all, "mv x/make engine", "gen.c may be read and not written");
    expect_judged(&all, "mv x/agents .", "not written");
    /* "deep/.." is hooks, however it is written. */
    expect_judged(&all, "cp engine/a.c deep/../v", "not written");
    (void)snprintf(path, sizeof(path), "cp engine/a.c %.3900s/deep/../v", real);
    expect_judged(&all, path, "not written");
}

static int judge(const struct scope *s, const char *line) {
    return judge_line(ALLOW_READ, s, line, strlen(line));
}

/* What lies in a folder may be a repository to git, with settings that are programs. */
TEST(git_is_asked_of_the_tree_alone) {
    char real[PATH_MAX], path[PATH_MAX];
    static const char *const folders[] = {".git", "plain/inner", "bare/objects", "bare/in/it",
                                          "own/.git"};
    REQUIRE(realpath(test_folder(), real));
    struct scope s = {.root = real, .cwd = real};
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        (void)snprintf(path, sizeof(path), "%.4000s/%s", real, folders[i]);
        (void)file_make_dirs(path);
    }
    (void)snprintf(path, sizeof(path), "%.4000s/bare", real);
    write_text(path, "HEAD");
    EXPECT_INT(judge(&s, "git status"), 0);
    EXPECT_INT(judge(&s, "cd plain/inner && git log"), 0);
    EXPECT_INT(judge(&s, "cd bare && ls"), 0);
    EXPECT_INT(judge(&s, "cd bare && git status"), ERR_ARG);
    EXPECT_INT(judge(&s, "cd bare/in/it && git diff"), ERR_ARG);
    EXPECT_HAS(err_text(), "takes");
    EXPECT_INT(judge(&s, "cd own && git diff"), 0);
    EXPECT_INT(scope_write(&s, "plain/HEAD"), ERR_ARG);
    EXPECT_INT(scope_write(&s, "plain/head"), ERR_ARG);
    EXPECT_INT(scope_write(&s, "plain/HEADER"), 0);
    EXPECT_INT(scope_read(&s, "bare/HEAD"), 0);
    s.cwd = path;
    EXPECT_INT(judge(&s, "git grep x"), ERR_ARG);
}

static bool is_kind(const char *word, size_t len) {
    static const char *const kinds[] = {"text",  "number", "name", "path", "edit", "rev",
                                        "lines", "moved",  "into", "tree", "pick", "deep"};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (strlen(kinds[i]) == len && memcmp(kinds[i], word, len) == 0)
            return true;
    return len > 2 && word[0] == '(' && word[len - 1] == ')';
}

TEST(every_row_is_well_formed) {
    for (const struct allow_row *r = allow_rows; r->program; r++) {
        char *options = xstrdup(r->options), *operands = xstrdup(r->operands), *at = NULL;
        for (char *o = strtok_r(options, " ", &at); o; o = strtok_r(NULL, " ", &at)) {
            size_t name = strcspn(o, "=["), len = strlen(o);
            bool closed = o[name] != '[' || o[len - 1] == ']';
            size_t end = o[name] == '[' ? len - 1 : len;
            bool kind = o[name] == '\0' || (closed && is_kind(o + name + 1, end - name - 1));
            (void)test_check(o[0] == '-' && name > 1 && kind, __FILE__, __LINE__, "%s: %s",
                             r->program, o);
        }
        for (char *o = strtok_r(operands, " ", &at); o; o = strtok_r(NULL, " ", &at)) {
            size_t len = strlen(o);
            len -= strchr("?*+", o[len - 1]) != NULL;
            (void)test_check(is_kind(o, len), __FILE__, __LINE__, "%s: %s", r->program, o);
        }
        free(options);
        free(operands);
    }
}
