/* SPDX-License-Identifier: Apache-2.0 */
/* The half of opt that talks: --help out of the same rows that the parser reads. */
#include "engine/base/opt.h"

#include "engine/base/help.h"

/* A row whose left part is wider gets its help on the next line. */
enum { COLUMN_MAX = 32, LEFT_MAX = 256, RIGHT_MAX = 2048 };

/* "-t, --threads N" */
static void left_part(struct buf *cell, const struct opt *o) {
    buf_reset(cell);
    if (o->letter)
        buf_printf(cell, "-%c, ", o->letter);
    else
        buf_puts(cell, "    ");
    buf_printf(cell, "--%s", o->name);
    if (o->value)
        buf_printf(cell, " %s", (const char *)o->value);
}

/* The sentence, and what the row itself says about the value. */
static void right_part(struct buf *cell, const struct opt *o) {
    buf_reset(cell);
    buf_puts(cell, o->help);
    if (o->min != 0 || o->max != 0)
        buf_printf(cell, " (%.15g to %.15g)", o->min, o->max);
    if (o->type == OPT_LIST)
        buf_puts(cell, " (may be repeated)");
}

static const struct opt help_row_of_all = {
    OPT_FLAG, "help", 'h', 0, NULL, 0, 0, "Prints this and does nothing else."};

static size_t column_of(const struct opt *rows, struct buf *cell) {
    struct opt o;
    size_t column = 0;
    for (struct opt_walk w = {.rows = rows}; opt_next(&w, &o);) {
        left_part(cell, &o);
        size_t width = help_width(cell->data) + 4;
        if (width > column && width <= COLUMN_MAX)
            column = width;
    }
    left_part(cell, &help_row_of_all);
    size_t least = help_width(cell->data) + 4;
    return column > least ? column : least;
}

static void option_rows(struct buf *out, const struct opt *rows) {
    struct buf left, right;
    struct opt o;
    buf_init(&left, LEFT_MAX);
    buf_init(&right, RIGHT_MAX);
    size_t column = column_of(rows, &left);
    for (struct opt_walk w = {.rows = rows}; opt_next(&w, &o);) {
        left_part(&left, &o);
        right_part(&right, &o);
        help_row(out, column, left.data, right.data);
    }
    left_part(&left, &help_row_of_all);
    help_row(out, column, left.data, help_row_of_all.help);
    buf_done(&right);
    buf_done(&left);
}

/* clang-format off */
static const struct {
    int code;
    const char *meaning;
} exit_codes[] = {
#define X(name, code, meaning) {(code), (meaning)},
    EXIT_MAP(X)
#undef X
};
/* clang-format on */

void opt_help_exit_codes(struct buf *out) {
    struct buf code;
    buf_init(&code, LEFT_MAX);
    buf_puts(out, "\nexit codes:\n");
    for (size_t i = 0; i < sizeof(exit_codes) / sizeof(exit_codes[0]); i++) {
        buf_reset(&code);
        buf_printf(&code, "%3d", exit_codes[i].code);
        help_row(out, 7, code.data, exit_codes[i].meaning);
    }
    buf_done(&code);
}

void opt_help(struct buf *out, const char *program, const char *name, const char *args,
              const char *summary, const struct opt *rows) {
    buf_printf(out, "usage: %s", program);
    if (name && *name)
        buf_printf(out, " %s", name);
    buf_puts(out, rows && rows->type != OPT_END ? " [OPTIONS]" : "");
    if (args && *args)
        buf_printf(out, " %s", args);
    buf_puts(out, "\n\n");
    help_wrap(out, 0, 0, summary);
    buf_puts(out, "\noptions:\n");
    option_rows(out, rows);
    opt_help_exit_codes(out);
}
