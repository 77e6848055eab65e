/* SPDX-License-Identifier: Apache-2.0 */
/* ops: who computes what: op × backend; and whether a backend is there at all. */
#include <stdio.h>

#include "engine/backend/device.h"
#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/opt.h"
#include "engine/graph/composite.h"
#include "engine/graph/plan.h"

enum { OUTPUT_MAX = 1 << 20 };

struct options {
    const char *available;
    bool json;
};

static const struct opt rows[] = {
    {OPT_STR,  "available", 0, offsetof(struct options, available), "BACKEND", 0, 0,
     "instead say whether this machine has that backend: exit code 0, or 1 and why not"                     },
    {OPT_FLAG, "json",      0, offsetof(struct options, json),      NULL,      0, 0, "print one JSON object"},
    OPT_END_ROW,
};

/* The dtypes that rows of the backend take, whatever the shape. */
static uint32_t dtypes_of(const struct backend *b, enum op op) {
    uint32_t dtypes = 0;
    for (const struct kernel *k = b->kernels; k->op != OP_COUNT; k++)
        dtypes |= k->op == op ? k->dtypes : 0;
    return dtypes;
}

static const char *kind_of(const struct backend *b, enum op op) {
    if (dtypes_of(b, op))
        return plan_route_name(b->is_reference ? ROUTE_REFERENCE : ROUTE_NATIVE);
    return plan_route_name(composite_of(op) ? ROUTE_COMPOSITE : ROUTE_REFERENCE);
}

static void put_dtypes(struct json_writer *w, uint32_t dtypes) {
    json_open_array(w, "dtypes");
    for (int d = 0; d < DTYPE_COUNT; d++)
        if (dtypes & DTYPE_BIT(d))
            json_put_str(w, NULL, dtype_name((enum dtype)d));
    json_close_array(w);
}

static void put_json(struct buf *out) {
    struct json_writer w;
    json_writer_init(&w, out, 0);
    json_open_object(&w, NULL);
    for (int op = 0; op < OP_COUNT; op++) {
        json_open_object(&w, op_name((enum op)op));
        for (int i = 0; backend_table[i]; i++) {
            json_open_object(&w, backend_table[i]->name);
            json_put_str(&w, "route", kind_of(backend_table[i], (enum op)op));
            put_dtypes(&w, dtypes_of(backend_table[i], (enum op)op));
            json_close_object(&w);
        }
        json_close_object(&w);
    }
    json_close_object(&w);
    buf_putc(out, '\n');
}

/* Columns of twelve, and nothing behind the last. */
static void put_table(struct buf *out) {
    for (int op = -1; op < OP_COUNT; op++) {
        buf_printf(out, "%-12s", op < 0 ? "op" : op_name((enum op)op));
        for (int i = 0; backend_table[i]; i++)
            buf_printf(out, backend_table[i + 1] ? " %-11s" : " %s\n",
                       op < 0 ? backend_table[i]->name : kind_of(backend_table[i], (enum op)op));
    }
}

/* A name that no build knows is a mistake of the caller's, not something that machines lack. */
static int say_available(const char *name) {
    struct device *dev = NULL;
    int rc = device_open(&dev, name, &(struct device_options){.threads = 1});
    if (rc < 0 && rc != ERR_UNSUPPORTED)
        return rc;
    puts(rc == 0 ? dev->name : err_text());
    device_close(dev);
    return rc == 0 ? EXIT_OK : EXIT_FAILED;
}

static int run(const void *opts, int argc, char **argv) {
    const struct options *o = opts;
    struct buf out;
    if (argc > 0)
        return err_set(ERR_ARG, "unexpected argument \"%s\"", argv[0]);
    if (o->available)
        return say_available(o->available);
    buf_init(&out, OUTPUT_MAX);
    if (o->json)
        put_json(&out);
    else
        put_table(&out);
    int rc = buf_ok(&out, "the table of ops");
    if (rc == 0 && fwrite(out.data, 1, out.len, stdout) != out.len)
        rc = err_errno(ERR_IO, "writing to stdout");
    buf_done(&out);
    return rc;
}

extern const struct cmd cmd_ops;

const struct cmd cmd_ops = {
    .name = "ops",
    .args = "",
    .summary = "Shows which ops each backend computes, and how it gets by without the others.",
    .opts = rows,
    .opts_size = sizeof(struct options),
    .run = run,
};
