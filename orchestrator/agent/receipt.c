/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/agent/receipt.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/file.h"
#include "engine/base/json.h"
#include "orchestrator/agent/attempt.h"
#include "orchestrator/agent/driver.h"

/* Words of others go into a trailer as plain words: no line of their own, no second trailer. */
static void put_word(struct buf *out, const char *word) {
    for (const char *p = word; *p; p++)
        buf_putc(out, *p > ' ' && *p < 0x7f && *p != ':' ? *p : '-');
}

void receipt_trailers(struct buf *out, const struct attempt *a) {
    const struct attempt_spec *s = a->spec;
    const char *agent = s->command ? file_base_name(s->command[0]) : s->driver->name;
    for (size_t i = 0; i < METER_MODELS && a->meter.models[i].requests; i++) {
        buf_puts(out, "Assisted-by: ");
        put_word(out, agent);
        buf_putc(out, ':');
        put_word(out, a->meter.models[i].name);
        buf_putc(out, '\n');
    }
}

static void put_sandbox(struct json_writer *w, const struct sandbox_report *r) {
    json_open_object(w, "sandbox");
    sandbox_put(w, r);
    json_close_object(w);
}

static void put_meter(struct json_writer *w, const struct meter *m) {
    json_open_object(w, "model");
    json_put_int(w, "turns", m->turns);
    json_put_int(w, "refused", m->refused);
    json_put_int(w, "input_tokens", m->input_tokens);
    json_put_int(w, "output_tokens", m->output_tokens);
    json_put_int(w, "estimated", m->estimated);
    json_put_int(w, "inexact", m->inexact);
    json_put_int(w, "request_bytes", m->request_bytes);
    json_put_int(w, "reply_bytes", m->reply_bytes);
    json_put_real(w, "usd", m->usd);
    json_put_str(w, "cut", m->cut[0] ? m->cut : NULL);
    json_open_array(w, "models");
    for (size_t i = 0; i < METER_MODELS && m->models[i].requests; i++) {
        json_open_object(w, NULL);
        json_put_str(w, "name", m->models[i].name);
        json_put_int(w, "requests", m->models[i].requests);
        json_put_int(w, "input_tokens", m->models[i].input_tokens);
        json_put_int(w, "output_tokens", m->models[i].output_tokens);
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
}

static void put_changes(struct json_writer *w, const struct changes *c) {
    json_open_object(w, "change");
    json_put_int(w, "files", c->files);
    json_put_int(w, "added", c->added);
    json_put_int(w, "removed", c->removed);
    json_open_array(w, "paths");
    for (int64_t i = 0; i < c->files; i++)
        json_put_str(w, NULL, c->paths[i]);
    json_close_array(w);
    json_open_array(w, "refusals");
    for (size_t i = 0; i < c->refused && i < CHANGES_REFUSALS_MAX; i++) {
        json_open_object(w, NULL);
        json_put_str(w, "name", c->refusals[i].name);
        json_put_str(w, "path", c->refusals[i].path);
        json_put_str(w, "text", c->refusals[i].text);
        json_close_object(w);
    }
    json_close_array(w);
    json_close_object(w);
}

static void put_guards(struct json_writer *w, const struct prove *p) {
    json_open_object(w, "guards");
    json_put_bool(w, "proven", p->unproven == 0);
    json_put_str(w, "level", sandbox_level_name(p->level));
    json_put_int(w, "tried", (int64_t)p->tried);
    json_put_int(w, "unproven", (int64_t)p->unproven);
    json_put_bool(w, "kept", p->kept);
    json_put_real(w, "took_ms", p->took_ms);
    json_put_str(w, "why", p->why[0] ? p->why : NULL);
    json_close_object(w);
}

static void put_tries(struct json_writer *w, const struct attempt *a) {
    json_put_str(w, "attempts", a->spec->role->records ? "record" : "refuse");
    json_open_array(w, "tried");
    for (size_t i = 0; i < a->tried && i < ATTEMPT_TRIES_MAX; i++) {
        const struct attempt_try *t = &a->tries[i];
        json_open_object(w, NULL);
        json_put_str(w, "name", t->name);
        json_put_str(w, "path", t->path);
        json_put_str(w, "text", t->text);
        if (t->turn)
            json_put_int(w, "turn", t->turn);
        json_close_object(w);
    }
    json_close_array(w);
}

void receipt_json(struct buf *out, const struct attempt *a, int indent) {
    struct json_writer w;
    struct buf trailers;
    buf_init(&trailers, 64 << 10);
    receipt_trailers(&trailers, a);
    json_writer_init(&w, out, indent);
    json_open_object(&w, NULL);
    json_put_str(&w, "role", a->spec->role->name);
    json_put_str(&w, "driver", a->spec->driver->name);
    json_put_str(&w, "commit", a->spec->commit);
    json_put_str(&w, "base_tree", a->base);
    json_put_str(&w, "tree", a->proposed[0] ? a->proposed : NULL);
    json_put_str(&w, "verdict", attempt_verdict_name(a->verdict));
    json_put_str(&w, "why", a->why[0] ? a->why : NULL);
    json_put_str(&w, "said", a->said[0] ? a->said : NULL);
    json_put_int(&w, "left_out", a->left_out);
    json_put_real(&w, "wall_ms", a->wall_ms);
    if (a->asked_guards)
        put_guards(&w, &a->guards);
    put_tries(&w, a);
    put_changes(&w, &a->changes);
    if (a->sandbox.level)
        put_sandbox(&w, &a->sandbox);
    if (a->spec->verify) {
        json_open_object(&w, "verification");
        json_put_str(&w, "check", a->spec->verify);
        json_put_int(&w, "runs", a->runs);
        json_put_int(&w, "passed", a->passed);
        json_put_int(&w, "control_runs", a->control_runs);
        json_put_int(&w, "control_failed", a->control_failed);
        json_close_object(&w);
    }
    put_meter(&w, &a->meter);
    json_put_str(&w, "trailers", trailers.data);
    json_close_object(&w);
    buf_done(&trailers);
}

static void put_line(struct buf *out, const char *word, const char *name, const char *path,
                     const char *text) {
    buf_printf(out, "  %s %s%s%s: %s\n", word, name, *path ? " " : "", path, text);
}

void receipt_text(struct buf *out, const struct attempt *a) {
    buf_printf(out, "%s: %s%s%s\n", a->spec->driver->name, attempt_verdict_name(a->verdict),
               a->why[0] ? ": " : "", a->why);
    for (size_t i = 1; i < a->changes.refused && i < CHANGES_REFUSALS_MAX; i++)
        put_line(out, "also", a->changes.refusals[i].name, a->changes.refusals[i].path,
                 a->changes.refusals[i].text);
    for (size_t i = 0; a->spec->role->records && i < a->tried && i < ATTEMPT_TRIES_MAX; i++)
        put_line(out, "tried", a->tries[i].name, a->tries[i].path, a->tries[i].text);
    if (a->left_out)
        buf_printf(out, "  %lld files of the revert lie where the role may not write\n",
                   (long long)a->left_out);
    if (a->changes.files && a->verdict <= ATTEMPT_UNCONTROLLED)
        buf_printf(out, "  %lld files, +%lld −%lld lines\n", (long long)a->changes.files,
                   (long long)a->changes.added, (long long)a->changes.removed);
    if (a->runs)
        buf_printf(out, "  with the change %lld of %lld runs pass, without it %lld of %lld fail\n",
                   (long long)a->passed, (long long)a->runs, (long long)a->control_failed,
                   (long long)a->control_runs);
    if (a->meter.turns)
        buf_printf(out, "  %lld turns, %lld + %lld tokens, %.4f USD\n", (long long)a->meter.turns,
                   (long long)a->meter.input_tokens, (long long)a->meter.output_tokens,
                   a->meter.usd);
    if (a->sandbox.level)
        buf_printf(out, "  sandbox: %s\n", sandbox_level_name(a->sandbox.level));
    if (a->asked_guards && a->guards.unproven)
        buf_printf(out, "  guards: unproven, %s\n", a->guards.why);
    else if (a->asked_guards)
        buf_printf(out, "  guards: %zu of %zu proven\n", a->guards.tried, a->guards.tried);
    if (a->sandbox.witness.why_not[0])
        buf_printf(out, "  no witness: %s\n", a->sandbox.witness.why_not);
}
