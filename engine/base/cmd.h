/* SPDX-License-Identifier: Apache-2.0 */
/* cmd: what a command is, as data. One const row per file in cmd/; registration is the file. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct opt;

struct cmd {
    const char *name;    /* "generate"; a second word is allowed: "db rebuild" */
    const char *args;    /* "MODEL [PROMPT]", for --help */
    const char *summary; /* one sentence, for --help and the list of commands */
    const struct opt *opts;
    size_t opts_size;     /* bytes of the options struct that opts fill */
    const void *defaults; /* opts_size bytes copied before parsing, or NULL for zeroes */
    /* Operands are argv[0…argc-1]. Returns an exit code (enum exit_code) or a negative ERR_*,
     * which cmd_main() prints as "program name: text" and turns into EXIT_USAGE (ERR_ARG alone),
     * EXIT_STOPPED (ERR_STOPPED) or EXIT_ERROR (all others). Lists in opts are freed by cmd_main();
     * defaults hold none. */
    int (*run)(const void *opts, int argc, char **argv);
    /* It has commands of its own: run() gets NULL and every word behind the name, --help too. */
    bool raw;
    const char *exits; /* what else its exit codes say, for --help; NULL = nothing */
};

/* Finds the command, parses, runs. table is generated, NULL-terminated. Returns an exit code. */
int cmd_main(const char *program, const char *summary, const struct cmd *const table[], int argc,
             char **argv);
