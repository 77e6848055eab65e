/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/fix/record_print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "orchestrator/fix/record.h"

enum { COLUMNS = 6, WORDS_MAX = 56, CELL_MAX = 256, HASH_SHOWN = 12 };

static const char *const heads[COLUMNS] = {"cluster", "cause", "state", "outcome", "PR", "age"};

/* Characters, not bytes. */
static size_t width_of(const char *text) {
    size_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

/* At most max characters, "…" behind what is longer. */
static void cut(char out[CELL_MAX], const char *text, size_t max) {
    size_t n = 0, i = 0;
    for (; text[i] && i + sizeof("…") < CELL_MAX; i++) {
        if (((unsigned char)text[i] & 0xc0) == 0x80 || n++ < max)
            out[i] = text[i];
        else
            break;
    }
    (void)snprintf(out + i, CELL_MAX - i, "%s", text[i] ? "…" : "");
}

static void put_age(char out[CELL_MAX], int64_t ms) {
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {
        {INT64_C(86400000), "d"  },
        {INT64_C(3600000),  "h"  },
        {INT64_C(60000),    "min"},
        {INT64_C(1000),     "s"  },
    };
    size_t i = 0, last = sizeof(units) / sizeof(*units) - 1;
    ms = ms < 0 ? 0 : ms;
    while (i < last && ms < units[i].ms * 2) /* 119 s tell more than 1 min */
        i++;
    (void)snprintf(out, CELL_MAX, "%" PRId64 " %s", ms / units[i].ms, units[i].unit);
}

static void fill(char cells[COLUMNS][CELL_MAX], const struct fix_record *r, int64_t now_ms) {
    (void)snprintf(cells[0], CELL_MAX, "%.*s", HASH_SHOWN, r->cluster);
    cut(cells[1], r->words, WORDS_MAX);
    cut(cells[2], r->state, WORDS_MAX);
    cut(cells[3], *r->outcome ? r->outcome : "–", WORDS_MAX);
    if (r->number)
        (void)snprintf(cells[4], CELL_MAX, "#%" PRId64, r->number);
    else
        (void)snprintf(cells[4], CELL_MAX, "%s", *r->url ? "open" : "–");
    put_age(cells[5], now_ms - (r->ended_ms ? r->ended_ms : r->begun_ms));
}

static void put_row(struct buf *out, const char *id, size_t id_width, char cells[COLUMNS][CELL_MAX],
                    const size_t widths[COLUMNS]) {
    buf_printf(out, "%s%*s", id, (int)(id_width - width_of(id)), "");
    for (size_t k = 0; k < COLUMNS; k++) {
        size_t blank = k == COLUMNS - 1 ? 0 : widths[k] - width_of(cells[k]);
        buf_printf(out, "  %s%*s", cells[k], (int)blank, "");
    }
    buf_putc(out, '\n');
}

void fix_record_print_table(struct buf *out, const struct fix_record *rows, size_t len,
                            int64_t now_ms) {
    char cells[COLUMNS][CELL_MAX];
    size_t widths[COLUMNS], id_width = sizeof("fix") - 1;
    for (size_t k = 0; k < COLUMNS; k++)
        widths[k] = width_of(heads[k]);
    for (size_t i = 0; i < len; i++) {
        fill(cells, &rows[i], now_ms);
        id_width = strlen(rows[i].id) > id_width ? strlen(rows[i].id) : id_width;
        for (size_t k = 0; k < COLUMNS; k++)
            widths[k] = width_of(cells[k]) > widths[k] ? width_of(cells[k]) : widths[k];
    }
    for (size_t k = 0; k < COLUMNS; k++)
        (void)snprintf(cells[k], CELL_MAX, "%s", heads[k]);
    put_row(out, "fix", id_width, cells, widths);
    for (size_t i = 0; i < len; i++) {
        fill(cells, &rows[i], now_ms);
        put_row(out, rows[i].id, id_width, cells, widths);
    }
}

void fix_record_put_list(struct json_writer *w, const struct fix_record *rows, size_t len) {
    json_open_array(w, "fixes");
    for (size_t i = 0; i < len; i++) {
        json_open_object(w, NULL);
        fix_record_put(w, &rows[i]);
        json_close_object(w);
    }
    json_close_array(w);
}

void fix_record_print_json(struct buf *out, const struct fix_record *rows, size_t len) {
    struct json_writer w;
    json_writer_init(&w, out, 2);
    json_open_object(&w, NULL);
    fix_record_put_list(&w, rows, len);
    json_close_object(&w);
    buf_putc(out, '\n');
}
