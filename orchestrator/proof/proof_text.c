/* SPDX-License-Identifier: Apache-2.0 */
/* The page of a proof. Everything in it comes from the bundle, which comes from anywhere: names
 * stand in code, free text is escaped, and each has a length. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "orchestrator/proc/pack.h"
#include "orchestrator/proof/markdown.h"
#include "orchestrator/proof/proof.h"

enum { WORDS = 160, SENTENCE = 600, NAME = 100, PATHS_SHOWN = 12, MODELS_SHOWN = 8, COLUMNS = 5 };

struct page {
    struct buf *out;
    const struct proof *p;
    struct arena arena;
};

static const char *code(struct page *g, const char *name) {
    return markdown_code(&g->arena, name, NAME);
}

static const char *digits12(struct page *g, const char *hex) {
    return arena_printf(&g->arena, "`%.12s`", hex);
}

static const char *plural(int64_t n) {
    return n == 1 ? "" : "s";
}

/* "3 of 3", or "2 to 3 of 3" where the cases differ. */
static const char *span(struct page *g, size_t tally, size_t count) {
    int64_t low = INT64_MAX, high = 0;
    for (size_t i = 0; i < g->p->case_count; i++) {
        const char *c = (const char *)&g->p->cases[i] + tally + count;
        int64_t n = *(const int64_t *)(const void *)c;
        low = n < low ? n : low;
        high = n > high ? n : high;
    }
    if (low >= high)
        return arena_printf(&g->arena, "%" PRId64 " of %" PRId64, high, g->p->runs);
    return arena_printf(&g->arena, "%" PRId64 " to %" PRId64 " of %" PRId64, low, high, g->p->runs);
}

static const char *failed_before(struct page *g) {
    return span(g, offsetof(struct proof_case, before), offsetof(struct proof_tally, failed));
}

static const char *passed_after(struct page *g) {
    return span(g, offsetof(struct proof_case, after), offsetof(struct proof_tally, passed));
}

static const char *failed_again(struct page *g) {
    return span(g, offsetof(struct proof_case, control), offsetof(struct proof_tally, failed));
}

static void put_headline(struct page *g) {
    const struct proof *p = g->p;
    const char *words = *p->cluster.words ? p->cluster.words : p->case_name;
    buf_printf(g->out, "## Mended: %s\n\n", markdown_words(&g->arena, words, WORDS));
    buf_printf(g->out,
               "**%zu case%s failed in %s runs without this change, pass%s in %s with it, and "
               "failed in %s when it was taken out again.** ",
               p->case_count, plural((int64_t)p->case_count), failed_before(g),
               p->case_count == 1 ? "es" : "", passed_after(g), failed_again(g));
    buf_printf(g->out, "Regressions: %" PRId64 " of %" PRId64 " cases that passed before.\n",
               p->kept.before - p->kept.after, p->kept.before);
}

static void put_broken(struct page *g) {
    const struct proof *p = g->p;
    const char *const facts[][2] = {
        {"op",     p->diagnosis.op    },
        {"kernel", p->diagnosis.kernel},
        {"stage",  p->diagnosis.stage }
    };
    buf_puts(g->out, "\n### What was broken\n\n");
    if (*p->cluster.message)
        buf_printf(g->out, "%s\n\n", markdown_words(&g->arena, p->cluster.message, SENTENCE));
    for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
        if (*facts[i][1])
            buf_printf(g->out, "- %s %s\n", facts[i][0], code(g, facts[i][1]));
    if (p->diagnosis.layer >= 0)
        buf_printf(g->out, "- layer %" PRId64 "\n", p->diagnosis.layer);
    buf_printf(g->out, "- smallest failing case %s of %s\n", code(g, p->case_name),
               code(g, p->cell));
    if (*p->culprit.commit)
        buf_printf(g->out, "- came with commit %s, %s: %.1f %% by bisection, %s\n",
                   digits12(g, p->culprit.commit),
                   markdown_words(&g->arena, p->culprit.subject, WORDS), p->culprit.posterior * 100,
                   *p->culprit.status ? markdown_words(&g->arena, p->culprit.status, NAME)
                                      : "not verified");
    buf_printf(g->out, "- cause %s\n", digits12(g, p->cluster.hash));
}

static void put_change(struct page *g) {
    const struct proof *p = g->p;
    buf_printf(g->out, "\n### What changes\n\n%zu file%s, +%" PRId64 " −%" PRId64 " lines:\n\n",
               p->path_count, plural((int64_t)p->path_count), p->added, p->removed);
    for (size_t i = 0; i < p->path_count && i < PATHS_SHOWN; i++)
        buf_printf(g->out, "- %s\n", code(g, p->paths[i]));
    if (p->path_count > PATHS_SHOWN)
        buf_printf(g->out, "- and %zu more\n", p->path_count - PATHS_SHOWN);
    buf_printf(g->out,
               "\nBase commit %s, its tree %s, with the change %s. What it is judged by (%zu "
               "path%s of tests and limits) is the same in both:\n\n",
               digits12(g, p->base), digits12(g, p->base_tree), digits12(g, p->fixed_tree),
               p->test_count, plural((int64_t)p->test_count));
    for (size_t i = 0; i < p->test_count && i < PATHS_SHOWN; i++)
        buf_printf(g->out, "- %s\n", code(g, p->tests[i]));
    if (p->test_count > PATHS_SHOWN)
        buf_printf(g->out, "- and %zu more\n", p->test_count - PATHS_SHOWN);
    buf_puts(g->out, "\nWorkers that are built from the tree say themselves which cases pass. What "
                     "compares in them is closed to a change as far as these paths hold it.\n");
}

static const char *part(struct page *g, int64_t n, int64_t of, const char *what) {
    return arena_printf(&g->arena, "%" PRId64 " of %" PRId64 " %s", n, of, what);
}

static void put_cases(struct page *g) {
    static const char *const head[COLUMNS] = {"cell", "case", "before", "with the change",
                                              "without it again"};
    const struct proof *p = g->p;
    size_t rows = p->case_count < PROOF_PAGE_CASES ? p->case_count : PROOF_PAGE_CASES;
    const char **cells = arena_array(&g->arena, (rows + 1) * COLUMNS, sizeof(*cells));
    memcpy(cells, head, sizeof(head));
    for (size_t i = 0; i < rows; i++) {
        /* Neighbours are of one cell: an even choice says more of many. */
        const struct proof_case *c = &p->cases[i * p->case_count / rows];
        const char **row = cells + (i + 1) * COLUMNS;
        row[0] = code(g, c->cell);
        row[1] = code(g, c->name);
        row[2] = part(g, c->before.failed, c->before.runs, "failed");
        row[3] = part(g, c->after.passed, c->after.runs, "passed");
        row[4] = part(g, c->control.failed, c->control.runs, "failed");
    }
    markdown_table(g->out, cells, rows + 1, COLUMNS, 2);
    if (rows < p->case_count)
        buf_printf(g->out, "\nand %zu more; these are spread evenly over all\n",
                   p->case_count - rows);
}

static void put_totals(struct page *g) {
    enum { WIDTH = 3 };
    const struct proof_totals *b = &g->p->before, *a = &g->p->after;
    const struct {
        const char *name;
        int64_t before, after;
    } rows[] = {
        {"passed",         b->passed,     a->passed    },
        {"not passed",     b->not_passed, a->not_passed},
        {"not applicable", b->na,         a->na        },
    };
    const char *cells[(sizeof(rows) / sizeof(*rows) + 1) * WIDTH] = {"all cases", "before",
                                                                     "with the change"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const char **row = cells + (i + 1) * WIDTH;
        row[0] = rows[i].name;
        row[1] = arena_printf(&g->arena, "%" PRId64, rows[i].before);
        row[2] = arena_printf(&g->arena, "%" PRId64, rows[i].after);
    }
    buf_putc(g->out, '\n');
    markdown_table(g->out, cells, sizeof(rows) / sizeof(*rows) + 1, WIDTH, 1);
}

/* Whether who says that a case passes computed it. */
static void put_decoys(struct page *g) {
    const struct proof_decoys *d = &g->p->decoys;
    size_t some = 0;
    for (size_t i = 0; i < g->p->case_count; i++)
        some += g->p->cases[i].decoy.runs > 0;
    if (!d->runs)
        buf_puts(g->out, "- Decoys: these suites have none, so nothing but the tests themselves "
                         "says that they compute what they report.\n");
    else
        buf_printf(g->out,
                   "- Decoys: where what a case is held against was spoiled it failed in %" PRId64
                   " of %" PRId64 " runs, and where only that of others was, it passed in %" PRId64
                   " of %" PRId64 "; %zu of the %zu mended cases were spoiled.\n",
                   d->failed, d->spoiled, d->passed, d->left, some, g->p->case_count);
}

static void put_proof(struct page *g) {
    const struct proof *p = g->p;
    int64_t failed = 0, runs = 0;
    for (size_t i = 0; i < p->case_count; i++) {
        failed += p->cases[i].after.failed;
        runs += p->cases[i].after.failed + p->cases[i].after.passed;
    }
    buf_printf(g->out,
               "\n### Proof\n\n%" PRId64 " runs of each tree; a case counts as broken when %" PRId64
               " of them fail%s.\n\n",
               p->runs, p->needed, p->needed == 1 ? "s" : "");
    put_cases(g);
    put_totals(g);
    buf_printf(g->out, "\nSwept: %s.\n",
               *p->scope ? markdown_words(&g->arena, p->scope, SENTENCE) : "everything");
    buf_printf(g->out,
               "\n- Negative control: the base was run again after the change had passed, and "
               "failed in %s runs.\n",
               failed_again(g));
    put_decoys(g);
    buf_printf(g->out,
               "- Regressions: %" PRId64 " of %" PRId64
               " cases that passed before; names hash to `%.16s`.\n",
               p->kept.before - p->kept.after, p->kept.before, p->kept.sha256);
    buf_printf(g->out,
               "- Flake rate of the mended cases: %" PRId64 " of %" PRId64
               " runs failed with the change, which is %.2f %% to %.2f %% with 95 %% "
               "confidence.\n",
               failed, runs, p->flake.low * 100, p->flake.high * 100);
}

static void put_environment(struct page *g) {
    const struct environment *e = &g->p->environment;
    const char *const parts[] = {e->os, e->kernel, e->cpu, e->compiler, e->libc};
    buf_puts(g->out, "\n### Environment\n\n");
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        if (*parts[i])
            buf_printf(g->out, "- %s\n", markdown_words(&g->arena, parts[i], WORDS));
    buf_printf(g->out, "- %" PRId64 " cores, %.1f GiB\n", e->cores,
               (double)e->memory_kib / (1 << 20));
    buf_printf(g->out, "- sandbox: %s\n",
               *g->p->sandbox ? markdown_words(&g->arena, g->p->sandbox, NAME) : "none");
}

/* What a model did is said whether or not it is asked for. */
static void put_models(struct page *g, struct json receipt) {
    size_t shown = 0;
    struct json models = json_get(receipt, "model.models");
    for (struct json m = json_first(models); m.node && shown < MODELS_SHOWN; m = json_next(m)) {
        const char *name = "";
        int64_t requests = 0, in = 0, out = 0;
        if (json_str(m, "name", &name) != 0 ||
            json_opt_int(m, "requests", 0, INT64_MAX, &requests) != 0 ||
            json_opt_int(m, "input_tokens", 0, INT64_MAX, &in) != 0 ||
            json_opt_int(m, "output_tokens", 0, INT64_MAX, &out) != 0)
            continue;
        buf_printf(g->out, "- model %s: %" PRId64 " requests, %" PRId64 " + %" PRId64 " tokens\n",
                   code(g, name), requests, in, out);
        shown++;
    }
    if (!shown)
        buf_puts(g->out, "- no model was asked\n");
}

static void put_review(struct page *g) {
    struct json_doc *doc = NULL;
    const char *verdict = "";
    if (!*g->p->review) {
        buf_puts(g->out, "- nobody reviewed it before\n");
        return;
    }
    if (json_parse(&doc, g->p->review, strlen(g->p->review), "the review", 0) == 0)
        (void)json_opt_str(json_root(doc), "verdict", &verdict);
    buf_printf(g->out, "- reviewed: %s\n", *verdict ? code(g, verdict) : "no verdict");
    json_free(doc);
}

static void put_makers(struct page *g) {
    const struct proof *p = g->p;
    struct json_doc *doc = NULL;
    char iso[CLOCK_ISO_SIZE];
    buf_puts(g->out, "\n### Made by\n\n");
    buf_printf(g->out,
               "This change was made by a program: the role %s with the driver %s of noctule %s, "
               "on %s.\n\n",
               code(g, p->role), code(g, p->driver), markdown_words(&g->arena, p->program, NAME),
               clock_iso(p->made_ms, iso));
    if (json_parse(&doc, p->receipt, strlen(p->receipt), "the receipt", 0) == 0)
        put_models(g, json_root(doc));
    json_free(doc);
    put_review(g);
    if (*p->audit)
        buf_printf(g->out, "- head of the audit chain `%.16s`\n", p->audit);
}

static bool put_fenced(struct page *g, const char *fence, const struct buf *text) {
    static const char open[] = "\n<details><summary>proof.json</summary>\n\n";
    static const char close[] = "```\n\n</details>\n";
    if (g->out->len + sizeof(open) + strlen(fence) + text->len + sizeof(close) > PROOF_PAGE_MAX)
        return false;
    buf_printf(g->out, "%s%s\n", open, fence);
    buf_add(g->out, text->data, text->len);
    buf_puts(g->out, close);
    return true;
}

/* The bundle itself, where it fits, and packed where only that does: the page is then enough to
 * check the fix. Newlines of its texts are escapes, so no line of it can end the fence. */
static void put_bundle(struct page *g, const struct buf *bundle) {
    struct buf packed;
    if (put_fenced(g, PROOF_FENCE, bundle))
        return;
    buf_init(&packed, PROOF_PAGE_MAX);
    if (pack_text(&packed, bundle->data, bundle->len) != 0 || packed.over ||
        !put_fenced(g, PROOF_FENCE_PACKED, &packed))
        buf_puts(g->out, "\nThe bundle is too long for this page; whoever made it has it.\n");
    buf_done(&packed);
}

static void put_check(struct page *g) {
    struct buf bundle;
    char hex[HASH_HEX_SIZE];
    buf_init(&bundle, PROOF_FILE_MAX);
    bool written = proof_write(&bundle, g->p) == 0;
    buf_printf(g->out,
               "\n### Check it again\n\n"
               "In a checkout of %s that has the base commit:\n\n"
               "    noctule verify proof.json\n\n"
               "reads the bundle, applies its patch to the base, and runs both trees anew in a "
               "sandbox; `--no-run` leaves the last out. This page, saved as a file, does instead "
               "of proof.json when it holds the bundle.\n",
               code(g, g->p->subject));
    if (written) {
        buf_printf(g->out, "\nFix `%s`, SHA-256 of proof.json `%s`.\n", g->p->id,
                   hash_bytes(bundle.data, bundle.len, hex));
        put_bundle(g, &bundle);
    }
    buf_done(&bundle);
}

void proof_text(struct buf *out, const struct proof *p) {
    struct buf text;
    struct page g = {&text, p, {0}};
    buf_init(&text, PROOF_PAGE_MAX);
    arena_init(&g.arena, 0);
    put_headline(&g);
    put_broken(&g);
    put_change(&g);
    put_proof(&g);
    put_environment(&g);
    put_makers(&g);
    put_check(&g);
    arena_done(&g.arena);
    buf_add(out, text.data, text.len);
    buf_done(&text);
}
