/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/base/cmd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/help.h"
#include "engine/base/nearest.h"
#include "engine/base/opt.h"
#include "engine/base/plain.h"

enum { HELP_BYTES_MAX = 256 << 10, NAME_MAX_BYTES = 256 };

/* What was asked for on this command line. */
struct call {
    const char *program, *summary;
    const struct cmd *const *table;
    int argc; /* words behind the program's name */
    char **argv;
};

/* How many words of the command line are the name of c: 0 when they are not. */
static int words_matched(const struct cmd *c, int argc, char **argv) {
    const char *name = c->name;
    for (int i = 0; i < argc; i++) {
        size_t len = strcspn(name, " ");
        if (strncmp(argv[i], name, len) != 0 || argv[i][len])
            return 0;
        if (!name[len])
            return i + 1;
        name += len + 1;
    }
    return 0;
}

/* The command with the most words matched, so that "db rebuild" wins over "db". */
static const struct cmd *find(const struct call *call, int *words) {
    const struct cmd *found = NULL;
    *words = 0;
    for (const struct cmd *const *c = call->table; *c; c++) {
        int matched = words_matched(*c, call->argc, call->argv);
        if (matched > *words) {
            *words = matched;
            found = *c;
        }
    }
    return found;
}

/* "db check" begins with "db"; every name with NULL. */
static bool begins_with(const struct cmd *c, const char *word) {
    size_t len = word ? strlen(word) : 0;
    return !word || (strncmp(c->name, word, len) == 0 && c->name[len] == ' ');
}

/* Those whose first word that is; NULL: all. */
static void list_commands(struct buf *out, const struct call *call, const char *word) {
    size_t column = 0;
    for (const struct cmd *const *c = call->table; *c; c++)
        if (begins_with(*c, word) && help_width((*c)->name) + 4 > column)
            column = help_width((*c)->name) + 4;
    buf_puts(out, *call->table ? "\ncommands:\n" : "\nThis build has no commands.\n");
    for (const struct cmd *const *c = call->table; *c; c++)
        if (begins_with(*c, word))
            help_row(out, column, (*c)->name, (*c)->summary);
}

static int print_program_help(const struct call *call, FILE *to) {
    struct buf out;
    buf_init(&out, HELP_BYTES_MAX);
    buf_printf(&out, "usage: %s COMMAND [OPTIONS] …\n\n", call->program);
    help_wrap(&out, 0, 0, call->summary);
    list_commands(&out, call, NULL);
    buf_printf(&out, "\n\"%s COMMAND --help\" says more; \"%s --version\" says which.\n",
               call->program, call->program);
    opt_help_exit_codes(&out);
    (void)fputs(out.data, to);
    buf_done(&out);
    return to == stdout ? EXIT_OK : EXIT_USAGE;
}

static int print_command_help(const struct call *call, const struct cmd *c) {
    struct buf out;
    buf_init(&out, HELP_BYTES_MAX);
    opt_help(&out, call->program, c->name, c->args, c->summary, c->opts);
    if (c->exits) {
        buf_putc(&out, '\n');
        help_wrap(&out, 0, 0, c->exits);
    }
    (void)fputs(out.data, stdout);
    buf_done(&out);
    return EXIT_OK;
}

/* "db" alone, where there are "db check" and "db rebuild". False when it begins no name. */
static bool print_second_words(const struct call *call) {
    bool any = false;
    for (const struct cmd *const *c = call->table; *c; c++) {
        if (!begins_with(*c, call->argv[0]))
            continue;
        (void)fprintf(stderr, any ? ", \"%s\"" : "%s: there is \"%s\"",
                      any ? (*c)->name : call->program, (*c)->name);
        any = true;
    }
    return any;
}

/* "db --help" of the same. False when it begins no name. */
static bool print_group_help(const struct call *call) {
    const char *word = call->argv[0];
    const struct cmd *const *c = call->table;
    struct buf out;
    while (*c && !begins_with(*c, word))
        c++;
    if (!*c)
        return false;
    buf_init(&out, HELP_BYTES_MAX);
    buf_printf(&out, "usage: %s %s COMMAND [OPTIONS] …\n", call->program, word);
    list_commands(&out, call, word);
    buf_printf(&out, "\n\"%s %s COMMAND --help\" says more.\n", call->program, word);
    opt_help_exit_codes(&out);
    (void)fputs(out.data, stdout);
    buf_done(&out);
    return true;
}

static int unknown_command(const struct call *call) {
    char typed[NAME_MAX_BYTES];
    (void)snprintf(typed, sizeof(typed), "%s %s", call->argv[0],
                   call->argc > 1 ? call->argv[1] : "");
    struct nearest near, near_two;
    nearest_init(&near, call->argv[0]);
    nearest_init(&near_two, typed);
    for (const struct cmd *const *c = call->table; *c; c++) {
        nearest_offer(&near, (*c)->name);
        if (strchr((*c)->name, ' '))
            nearest_offer(&near_two, (*c)->name);
    }
    const char *best = near.best ? near.best : near_two.best;
    if (best)
        (void)fprintf(stderr, "%s: unknown command \"%s\"; did you mean \"%s\"?\n", call->program,
                      call->argv[0], best);
    else
        (void)fprintf(stderr, "%s: unknown command \"%s\"; \"%s --help\" lists them\n",
                      call->program, call->argv[0], call->program);
    return EXIT_USAGE;
}

static int exit_code_of(const struct call *call, const struct cmd *c, int rc) {
    if (rc >= 0)
        return rc;
    char *why = xstrdup(err_text());
    (void)fprintf(stderr, "%s %s: ", call->program, c->name);
    plain_print(stderr, why);
    (void)fputc('\n', stderr);
    free(why);
    if (rc == ERR_ARG)
        (void)fprintf(stderr, "Try \"%s %s --help\".\n", call->program, c->name);
    return rc == ERR_ARG ? EXIT_USAGE : rc == ERR_STOPPED ? EXIT_STOPPED : EXIT_ERROR;
}

static int run_command(const struct call *call, const struct cmd *c, int words) {
    char *opts = xcalloc(1, c->opts_size);
    if (c->defaults)
        memcpy(opts, c->defaults, c->opts_size);
    int argc = call->argc - words, code;
    char **argv = call->argv + words;
    int rc = opt_parse(c->opts, opts, &argc, argv);
    if (rc == ERR_STOPPED)
        code = print_command_help(call, c);
    else
        code = exit_code_of(call, c, rc == 0 ? c->run(opts, argc, argv) : rc);
    opt_done(c->opts, opts);
    free(opts);
    return code;
}

static int run_raw(const struct call *call, const struct cmd *c, int words, bool help) {
    char word[] = "--help", *asked[] = {word, NULL};
    int rc = help ? c->run(NULL, 1, asked) : c->run(NULL, call->argc - words, call->argv + words);
    return exit_code_of(call, c, rc);
}

static bool is_word(const char *word, const char *a, const char *b) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

static bool asks_for_help(const char *word) {
    return is_word(word, "--help", "-h");
}

static int dispatch(struct call *call) {
    if (call->argc == 0)
        return print_program_help(call, stderr);
    bool help = asks_for_help(call->argv[0]) || strcmp(call->argv[0], "help") == 0;
    if (help && call->argc == 1)
        return print_program_help(call, stdout);
    if (strcmp(call->argv[0], "--version") == 0) {
        (void)printf("%s %s\n", call->program, NOCTULE_VERSION);
        return EXIT_OK;
    }
    if (help) {
        call->argc--;
        call->argv++;
    }
    int words;
    const struct cmd *c = find(call, &words);
    if (c && c->raw)
        return run_raw(call, c, words, help);
    if (c)
        return help ? print_command_help(call, c) : run_command(call, c, words);
    help |= call->argc > 1 && asks_for_help(call->argv[1]);
    if (help && print_group_help(call))
        return EXIT_OK;
    if (print_second_words(call)) {
        (void)fputc('\n', stderr);
        return EXIT_USAGE;
    }
    return unknown_command(call);
}

/* What is opened later must not become a standard stream that the caller has closed: words for
 * people would go into a journal. The stand-in fails as the closed one did. */
static void keep_streams_apart(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int cmd_main(const char *program, const char *summary, const struct cmd *const table[], int argc,
             char **argv) {
    struct call call = {program, summary, table, argc > 0 ? argc - 1 : 0, argv + 1};
    keep_streams_apart();
    int code = dispatch(&call);
    /* stdout is the product: one that did not arrive is a failure, whatever ran before. */
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_OK) {
        (void)fprintf(stderr, "%s: cannot write standard output\n", program);
        code = EXIT_ERROR;
    }
    return code;
}
