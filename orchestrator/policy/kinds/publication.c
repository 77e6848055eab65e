/* SPDX-License-Identifier: Apache-2.0 */
/* A figure without its circumstances cannot be made again. */
#include "orchestrator/parse/pattern.h"
#include "orchestrator/policy/glob.h"
#include "orchestrator/policy/kind.h"

struct params {
    const char **paths;
    struct pattern *figure, *commit, *machine, *dtype, *batch, *seed;
    bool message;
};

/* Throughputs, times, bandwidths and ratios of speed. */
#define FIGURE                                                                                   \
    "\"(?i)\\\\b[0-9][0-9.,]*(e-?[0-9]+)?\\\\s*(tok(ens)?/s|t/s|[gmt]b/s|gib/s|g?flop/?s|gop/s|" \
    "it/s|samples/s|ms/token|x (faster|slower)|× (faster|slower)|% (faster|slower))\""
#define DTYPE                                                                                   \
    "\"(?i)\\\\b(f32|fp32|float32|f16|fp16|bf16|bfloat16|fp8|int8|int4|q[2-8]_[0-9k](_[a-z])?)" \
    "\\\\b\""

static const struct param rows[] = {
    {"paths",   PARAM_GLOBS,   offsetof(struct params, paths),   NULL                    },
    {"message", PARAM_BOOL,    offsetof(struct params, message), "true"                  },
    {"figure",  PARAM_PATTERN, offsetof(struct params, figure),  FIGURE                  },
    {"commit",  PARAM_PATTERN, offsetof(struct params, commit),
     "\"(?i)\\\\b(?=[0-9a-f]*[0-9])[0-9a-f]{7,40}\\\\b\""                                },
    {"machine", PARAM_PATTERN, offsetof(struct params, machine),
     "\"(?i)\\\\b(epyc|xeon|core|ryzen|threadripper|neoverse|graviton|apple m[0-9]|"
     "[abhl][0-9]{2,3}g?|rtx|gtx|mi[0-9]{3}|w[0-9]{4}|tesla|ascend|cpu:|gpu:|machine:)\""},
    {"dtype",   PARAM_PATTERN, offsetof(struct params, dtype),   DTYPE                   },
    {"batch",   PARAM_PATTERN, offsetof(struct params, batch),
     "\"(?i)\\\\b(batch(es)?|rows?|sequences?)\\\\b\""                                   },
    {"seed",    PARAM_PATTERN, offsetof(struct params, seed),
     "\"(?i)\\\\b(seed(ed|s)?|greedy|deterministic)\\\\b\""                              },
    PARAM_END_ROW,
};

static void check_fields(const struct params *p, const char *text, size_t len, const char *place,
                         size_t line, const char *figure, struct finder *f) {
    const struct {
        const char *name;
        const struct pattern *pattern;
    } fields[] = {
        {"the commit",  p->commit },
        {"the machine", p->machine},
        {"the dtype",   p->dtype  },
        {"the batch",   p->batch  },
        {"the seed",    p->seed   },
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if (!finder_match(f, fields[i].pattern, text, len, place, line))
            finder_add(f, place, line, "\"%s\" is published without %s", figure, fields[i].name);
}

/* Of a file, the first figure that the commit adds; the rest of the file may say what it was
 * measured with. */
static void check_file(const struct params *p, const struct view_change *c, struct finder *f) {
    for (size_t i = 0; i < c->line_count; i++) {
        const struct view_line *l = &c->lines[i];
        const char *figure = finder_search(f, p->figure, l->text, l->len, c->path, l->number);
        if (!figure)
            continue;
        check_fields(p, c->text, c->len, c->path, l->number, figure, f);
        return;
    }
}

static void check(const void *params, const struct view *v, struct finder *f) {
    const struct params *p = params;
    const struct message *m = &v->message;
    const char *figure = NULL;
    size_t line = 0;
    for (size_t i = 0; p->message && !figure && i < m->count; i++) {
        line = m->lines[i].number;
        figure = finder_search(f, p->figure, m->lines[i].text, m->lines[i].len, "message", line);
    }
    if (figure)
        check_fields(p, m->text, m->size, "message", line, figure, f);
    for (size_t i = 0; i < v->change_count; i++)
        if (v->changes[i].text && glob_closes(p->paths, finder_path(f, v->changes[i].path)))
            check_file(p, &v->changes[i], f);
}

const struct kind kind_publication = {
    .name = "publication",
    .summary =
        "A message or file that publishes a figure names commit, machine, dtype, batch and seed.",
    .mend = "say what it was measured with, or leave the figure out",
    .needs = VIEW_MESSAGE,
    .params = rows,
    .size = sizeof(struct params),
    .check = check,
};
