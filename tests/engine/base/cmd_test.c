/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/cmd.h"

#include <stdio.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/opt.h"
#include "tests/test.h"

struct options {
    int64_t n;
    struct opt_list list;
};

static const struct opt rows[] = {
    {OPT_INT,  "number", 'n', offsetof(struct options, n),    "N", 0, 0, "A number."},
    {OPT_LIST, "item",   'i', offsetof(struct options, list), "X", 0, 0, "An item." },
    OPT_END_ROW,
};

static int run_add(const void *opts, int argc, char **argv) {
    const struct options *o = opts;
    printf("add n=%d items=%zu operands=%d first=%s\n", (int)o->n, o->list.len, argc,
           argc ? argv[0] : "-");
    return 0;
}

/* Fails as its operand says. */
static int run_fail(const void *opts, int argc, char **argv) {
    (void)opts;
    const char *how = argc ? argv[0] : "";
    if (strcmp(how, "no") == 0)
        return EXIT_FAILED;
    int code = strcmp(how, "arg") == 0 ? ERR_ARG : strcmp(how, "stop") == 0 ? ERR_STOPPED : ERR_IO;
    return err_set(code, "failed on purpose");
}

/* Its own words, as many as they are. */
static int run_raw(const void *options, int argc, char **argv) {
    printf("raw%s %d %s\n", options ? "?" : "", argc, argc ? argv[argc - 1] : "");
    return EXIT_OK;
}

static const struct options defaults = {.n = 5};
static const struct cmd cmd_add = {"add",     "[WORD]…", "Adds.", rows, sizeof(struct options),
                                   &defaults, run_add,   false,   NULL};
static const struct cmd cmd_fail = {"fail", "HOW", "Fails.", NULL, 0, NULL, run_fail, false, NULL};
static const struct cmd cmd_check = {"db check", NULL,     "Checks.", NULL, 0,
                                     NULL,       run_fail, false,     NULL};
static const struct cmd cmd_raw = {.name = "raw", .run = run_raw, .raw = true, .summary = "Raw."};
static const struct cmd cmd_rebuild = {
    "db rebuild", NULL, "Rebuilds the index.", rows, sizeof(struct options), NULL, run_add,
    false,        NULL};
static const struct cmd *const table[] = {&cmd_add,     &cmd_fail, &cmd_check,
                                          &cmd_rebuild, &cmd_raw,  NULL};
static const struct cmd *const empty_table[] = {NULL};

static char said[16384]; /* stdout and stderr of the last call */

static int call(const struct cmd *const *commands, const char *const *words) {
    static char copies[16][64];
    char *argv[17] = {NULL};
    int argc = 0;
    for (; words[argc]; argc++)
        argv[argc] = memcpy(copies[argc], words[argc], strlen(words[argc]) + 1);
    (void)fflush(stdout);
    FILE *file = tmpfile();
    int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
    dup2(fileno(file), STDOUT_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    int code = cmd_main("prog", "Does things.", commands, argc, argv);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    close(out);
    close(err);
    rewind(file);
    said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
    (void)fclose(file);
    return code;
}

#define CALL(...) call(table, (const char *const[]){"prog", __VA_ARGS__, NULL})

TEST(a_command_gets_its_options_and_operands) {
    EXPECT_INT(CALL("add", "-n", "3", "x", "-i", "a", "-i", "b", "y"), EXIT_OK);
    EXPECT_STR(said, "add n=3 items=2 operands=2 first=x\n");
    EXPECT_INT(CALL("add"), EXIT_OK);
    EXPECT_STR(said, "add n=5 items=0 operands=0 first=-\n");
    EXPECT_INT(CALL("add", "-i", "a", "-n", "x"), EXIT_USAGE); /* and the list is freed */
}

TEST(two_words_are_one_name) {
    EXPECT_INT(CALL("db", "rebuild", "-n", "1", "z"), EXIT_OK);
    EXPECT_STR(said, "add n=1 items=0 operands=1 first=z\n");
    EXPECT_INT(CALL("db"), EXIT_USAGE);
    EXPECT_STR(said, "prog: there is \"db check\", \"db rebuild\"\n");
    EXPECT_INT(CALL("db", "rebild"), EXIT_USAGE);
    EXPECT_HAS(said, "\"db rebuild\"");
}

TEST(a_raw_command_parses_its_own_words) {
    EXPECT_INT(CALL("raw", "a", "--what"), EXIT_OK);
    EXPECT_STR(said, "raw 2 --what\n");
    EXPECT_INT(CALL("raw", "--help"), EXIT_OK);
    EXPECT_STR(said, "raw 1 --help\n");
    EXPECT_INT(CALL("help", "raw"), EXIT_OK);
    EXPECT_STR(said, "raw 1 --help\n");
}

TEST(failures_become_exit_codes_and_a_sentence) {
    EXPECT_INT(CALL("fail", "no"), EXIT_FAILED);
    EXPECT_STR(said, "");
    EXPECT_INT(CALL("fail", "io"), EXIT_ERROR);
    EXPECT_STR(said, "prog fail: failed on purpose\n");
    EXPECT_INT(CALL("fail", "arg"), EXIT_USAGE);
    EXPECT_STR(said, "prog fail: failed on purpose\nTry \"prog fail --help\".\n");
    EXPECT_INT(CALL("fail", "stop"), EXIT_STOPPED);
    EXPECT_INT(CALL("fail", "--what"), EXIT_USAGE);
    EXPECT_HAS(said, "prog fail: unknown option --what");
}

TEST(an_unknown_command_gets_a_suggestion) {
    EXPECT_INT(CALL("ad"), EXIT_USAGE);
    EXPECT_STR(said, "prog: unknown command \"ad\"; did you mean \"add\"?\n");
    EXPECT_INT(CALL("bd", "rebuild"), EXIT_USAGE);
    EXPECT_HAS(said, "did you mean \"db rebuild\"?");
    EXPECT_INT(CALL("something"), EXIT_USAGE);
    EXPECT_HAS(said, "\"prog --help\" lists them");
    EXPECT_INT(CALL("--verbose"), EXIT_USAGE);
}

TEST(help_lists_the_commands_in_a_column) {
    EXPECT_INT(CALL("--help"), EXIT_OK);
    EXPECT_HAS(said, "usage: prog COMMAND");
    EXPECT_HAS(said, "\n  add         Adds.\n  fail        Fails.\n  db check    Checks.\n"
                     "  db rebuild  Rebuilds the index.\n");
    EXPECT_HAS(said, "   64  the command line is wrong");
    EXPECT_INT(CALL("help"), EXIT_OK);
    EXPECT_INT(CALL("-h"), EXIT_OK);
    EXPECT_INT(call(table, (const char *const[]){"prog", NULL}), EXIT_USAGE);
    EXPECT_HAS(said, "usage: prog COMMAND");
}

TEST(help_of_a_first_word_lists_what_it_begins) {
    static const char *const ways[][2] = {
        {"db",   "--help"},
        {"db",   "-h"    },
        {"help", "db"    }
    };
    for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
        EXPECT_INT(CALL(ways[i][0], ways[i][1]), EXIT_OK);
        EXPECT_HAS(said, "usage: prog db COMMAND [OPTIONS] …\n\ncommands:\n"
                         "  db check    Checks.\n  db rebuild  Rebuilds the index.\n\n");
        EXPECT_HAS(said, "   64  the command line is wrong");
    }
    EXPECT_INT(CALL("d", "--help"), EXIT_USAGE);
    EXPECT_HAS(said, "unknown command \"d\"");
    EXPECT_INT(CALL("db", "no", "--help"), EXIT_USAGE);
}

TEST(help_of_a_command_comes_from_its_rows) {
    EXPECT_INT(CALL("help", "db", "rebuild"), EXIT_OK);
    EXPECT_HAS(said, "usage: prog db rebuild [OPTIONS]\n\nRebuilds the index.\n");
    EXPECT_HAS(said, "  -n, --number N  A number.\n");
    EXPECT_INT(CALL("add", "--help"), EXIT_OK);
    EXPECT_HAS(said, "usage: prog add [OPTIONS] [WORD]…\n");
    EXPECT_INT(CALL("fail", "-h"), EXIT_OK);
    EXPECT_HAS(said, "usage: prog fail HOW\n");
}

TEST(a_version_is_told) {
    EXPECT_INT(CALL("--version"), EXIT_OK);
    EXPECT(strncmp(said, "prog ", 5) == 0 && said[5] >= '0' && said[5] <= '9');
}

TEST(a_program_without_commands_still_answers) {
    EXPECT_INT(call(empty_table, (const char *const[]){"prog", "--help", NULL}), EXIT_OK);
    EXPECT_HAS(said, "no commands");
    EXPECT_INT(call(empty_table, (const char *const[]){"prog", "x", NULL}), EXIT_USAGE);
    EXPECT_INT(call(empty_table, (const char *const[]){NULL}), EXIT_USAGE);
}
