/* SPDX-License-Identifier: Apache-2.0 */
/* noctule init: the noctule.json of a project that says by its files what tests it. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "orchestrator/sweep/config.h"

enum { TEXT_MAX = 64 << 10 };

/* A file at the root, the kind of suite that it stands for, and how that is built; of several files
 * of one kind the first counts. */
static const struct mark {
    const char *file, *kind, *build;
} marks[] = {
    {"CMakeLists.txt", "ctest",
     "[\"cmake\", \"-S\", \".\", \"-B\", \"{build}\"],\n"
     "    [\"cmake\", \"--build\", \"{build}\"]"                      },
    {"Cargo.toml",     "cargo",  "[\"cargo\", \"test\", \"--no-run\"]"},
    {"pyproject.toml", "pytest", ""                                   },
    {"pytest.ini",     "pytest", ""                                   },
    {"setup.py",       "pytest", ""                                   },
    {"setup.cfg",      "pytest", ""                                   },
    {"tox.ini",        "pytest", ""                                   },
    {"conftest.py",    "pytest", ""                                   },
};
enum { MARKS = sizeof(marks) / sizeof(*marks) };

static size_t find_marks(const struct mark *found[MARKS]) {
    size_t n = 0;
    for (size_t i = 0; i < MARKS; i++)
        if (file_exists(marks[i].file) && !(n && strcmp(found[n - 1]->kind, marks[i].kind) == 0))
            found[n++] = &marks[i];
    return n;
}

/* The folder's name, with _ for what no name of a subject may hold. */
static const char *name_of(struct arena *arena, const char *folder) {
    char *name = arena_strndup(arena, file_base_name(folder), CONFIG_NAME_MAX);
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.+";
    for (char *at = name; *at; at++)
        if (!strchr(plain, *at) || (at == name && (*at == '.' || *at == '-')))
            *at = '_';
    return *name ? name : "project";
}

static void put_config(struct buf *out, const char *name, const struct mark *const *found,
                       size_t len) {
    size_t builds = 0;
    buf_printf(out, "{\n  \"schema\": 1,\n  \"name\": \"%s\",\n", name);
    for (size_t i = 0; i < len; i++)
        if (*found[i]->build)
            buf_printf(out, "%s%s", builds++ ? ",\n    " : "  \"build\": [\n    ", found[i]->build);
    buf_printf(out, "%s  \"suites\": [\n", builds ? "\n  ],\n" : "");
    for (size_t i = 0; i < len; i++)
        buf_printf(out, "    {\"name\": \"%s\", \"kind\": \"%s\"}%s\n", found[i]->kind,
                   found[i]->kind, i + 1 < len ? "," : "");
    buf_puts(out, "  ]\n}\n");
}

static int write_config(struct arena *arena, const struct mark *const *found, size_t len) {
    char folder[PATH_MAX];
    struct config parsed;
    struct buf text;
    if (!realpath(".", folder))
        return err_errno(ERR_IO, "cannot tell the current folder");
    buf_init(&text, TEXT_MAX);
    put_config(&text, name_of(arena, folder), found, len);
    int rc = config_parse(&parsed, text.data, text.len, "noctule.json");
    if (rc == 0) {
        config_done(&parsed);
        rc = file_replace("noctule.json", text.data, text.len);
    }
    if (rc == 0)
        (void)fputs(text.data, stdout);
    buf_done(&text);
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    const struct mark *found[MARKS];
    struct arena arena;
    (void)options;
    if (argc > 0)
        return err_set(ERR_ARG, "\"%s\": init takes no operand", argv[0]);
    if (file_exists("noctule.json"))
        return err_set(ERR_UNSUPPORTED, "there is a noctule.json already, and it stays as it is");
    size_t len = find_marks(found);
    if (!len)
        return err_set(ERR_NOTFOUND,
                       "no CMakeLists.txt, Cargo.toml, pyproject.toml or the like says here what "
                       "tests this project; docs/subjects.md says what to write");
    arena_init(&arena, 0);
    int rc = write_config(&arena, found, len);
    if (rc == 0)
        (void)fprintf(stderr, "Written to noctule.json. \"noctule plan\" says what it finds; put "
                              "logs/ and the build folder into .gitignore.\n");
    arena_done(&arena);
    return rc;
}

const struct cmd cmd_init = {
    .name = "init",
    .args = "",
    .summary = "Writes the noctule.json of a project that CTest, Cargo or pytest tests, as its "
               "files say, and prints it.",
    .run = run,
};
