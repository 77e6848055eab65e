/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bench/speed_report.h"

#include <inttypes.h>
#include <stdio.h>

static const double MIB = 1 << 20;

/* "pp512", "tg64 @ d2048": llama-bench's names. */
static const char *test_name(const struct speed_test *t, char text[48]) {
    int len = snprintf(text, 48, "%s%" PRId64, t->kind == SPEED_PREFILL ? "pp" : "tg", t->tokens);
    if (t->depth)
        (void)snprintf(text + len, 48 - (size_t)len, " @ d%" PRId64, t->depth);
    return text;
}

void speed_report_head(struct buf *out) {
    buf_puts(out, "| model | weights | MiB | backend | threads | test | tok/s | range | limit | "
                  "fraction |\n|:--|:--|--:|:--|--:|:--|--:|:--|:--|--:|\n");
}

void speed_report_rows(struct buf *out, const struct speed_report *r) {
    const struct speed *s = r->speed;
    for (int i = 0; i < s->test_count; i++) {
        const struct speed_test *t = &s->tests[i];
        char name[48];
        buf_printf(out, "| %s | %s | %.0f | %s | %d | %s | %.2f | %.2f – %.2f | %s |", r->model,
                   dtype_name(s->traffic.dtype), (double)s->weight_bytes / MIB, s->device,
                   s->threads, test_name(t, name), sample_median(&t->rate), sample_low(&t->rate),
                   sample_high(&t->rate), t->limit ? t->limit : "");
        buf_printf(out, t->fraction.len ? " %.3f |\n" : "  |\n", sample_median(&t->fraction));
    }
}

/* The prompt that would be waited for, after the load. */
static const struct speed_test *first_prompt(const struct speed *s) {
    for (int i = 0; i < s->test_count; i++)
        if (s->tests[i].kind == SPEED_PREFILL && s->tests[i].depth == 0)
            return &s->tests[i];
    return NULL;
}

void speed_report_foot(struct buf *out, const struct speed_report *r) {
    const struct speed *s = r->speed;
    const struct speed_test *t = first_prompt(s);
    buf_printf(out, "\n%d %s: load %.1f ms", s->threads, s->threads == 1 ? "thread" : "threads",
               s->load_seconds * 1e3);
    if (t)
        buf_printf(out, ", then the first token of %" PRId64 " after %.1f ms", t->tokens,
                   t->first_seconds * 1e3);
    buf_printf(out, "; peak RSS %.0f MiB (weights %.0f, cache %.0f, workspace %.0f)\n",
               (double)s->peak_rss / MIB, (double)s->weight_bytes / MIB,
               (double)s->cache_bytes / MIB, (double)s->workspace_bytes / MIB);
}

static void put_test(struct json_writer *w, const struct speed_report *r,
                     const struct speed_test *t) {
    bool decode = t->kind == SPEED_DECODE;
    json_open_object(w, NULL);
    json_put_str(w, "kind", decode ? "decode" : "prefill");
    json_put_int(w, "tokens", t->tokens);
    json_put_int(w, "depth", t->depth);
    sample_put(w, "tokens_s", &t->rate, 1);
    json_put_real(w, "first_ms", sample_round(t->first_seconds * 1e3));
    json_put_real(w, "bytes_token", speed_bytes(r->speed, t));
    json_put_real(w, "operations_token", speed_operations(r->speed, t));
    json_put_str(w, "limit", t->limit);
    sample_put(w, "fraction", &t->fraction, 1);
    json_close_object(w);
}

void speed_report_put(struct json_writer *w, const char *key, const struct speed_report *r) {
    const struct speed *s = r->speed;
    json_open_object(w, key);
    json_put_int(w, "threads", s->threads);
    json_put_str(w, "backend", s->device);
    json_put_str(w, "weights", dtype_name(s->traffic.dtype));
    json_put_int(w, "parameters", s->parameters);
    json_put_int(w, "weight_bytes", s->weight_bytes);
    json_put_int(w, "cache_bytes", s->cache_bytes);
    json_put_int(w, "workspace_bytes", s->workspace_bytes);
    json_put_real(w, "load_ms", sample_round(s->load_seconds * 1e3));
    json_put_int(w, "peak_rss_bytes", s->peak_rss);
    json_open_array(w, "tests");
    for (int i = 0; i < s->test_count; i++)
        put_test(w, r, &s->tests[i]);
    json_close_array(w);
    if (s->limits.threads)
        limits_put(w, "limits", &s->limits);
    json_close_object(w);
}
