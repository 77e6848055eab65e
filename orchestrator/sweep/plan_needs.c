/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine has, asked of the subject's own commands. */
#include "orchestrator/sweep/plan_needs.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "orchestrator/proc/loop.h"
#include "orchestrator/proc/proc.h"
#include "orchestrator/sweep/event.h"
#include "orchestrator/sweep/plan.h"

enum { SAID_MAX = 64 << 10, QUOTED = 300, EXIT_LACKS = 1 };

/* Words that a person is to read, of which the last line matters. */
static void quote_last_line(struct buf *out, const struct buf *said) {
    size_t end = said->len, begin;
    while (end && (said->data[end - 1] == '\n' || said->data[end - 1] == ' '))
        end--;
    for (begin = end; begin && said->data[begin - 1] != '\n'; begin--) {
    }
    event_quote(out, said->data + begin, end - begin, QUOTED);
}

void plan_quote_end(struct buf *out, const struct proc_exit *ended, const struct buf *said) {
    buf_printf(out, ended->signal ? "killed by signal %d" : "exit status %d",
               ended->signal ? ended->signal : ended->code);
    size_t colon = out->len;
    buf_puts(out, ": ");
    quote_last_line(out, said);
    if (out->len == colon + 2) /* it said nothing */
        out->data[out->len = colon] = '\0';
}

/* One command's answer, kept for all cells that ask it. */
struct answer {
    const char *line;
    const char *na, *fault; /* "" */
};

/* The reason is what it wrote to stdout, the answer's place; else its chat. */
static const char *reason_of(struct plan *plan, const struct plan_need *need, const struct buf *out,
                             const struct buf *err) {
    struct buf text;
    buf_init(&text, SAID_MAX);
    quote_last_line(&text, out);
    if (!text.len)
        quote_last_line(&text, err);
    const char *reason = text.len ? arena_strdup(&plan->arena, text.data)
                                  : arena_printf(&plan->arena, "this machine has no %s %s, says %s",
                                                 need->axis, need->value, need->line);
    buf_done(&text);
    return reason;
}

static const char *fault_of(struct plan *plan, const struct plan_need *need, const char *why) {
    return arena_printf(&plan->arena, "cannot tell whether this machine has %s %s: %s: %s",
                        need->axis, need->value, need->line, why);
}

static int ask(struct plan *plan, const struct plan_cell *c, const struct plan_need *need,
               struct loop *loop, const bool *stop, struct answer *answer) {
    const struct proc_spec spec = {
        .argv = need->argv, .through = plan->through, .cwd = plan->config->root};
    struct buf out, err, why;
    struct proc_exit ended = {0};
    buf_init(&out, SAID_MAX);
    buf_init(&err, SAID_MAX);
    buf_init(&why, SAID_MAX);
    *answer = (struct answer){need->line, "", ""};
    int rc = proc_run(loop, &spec, c->suite->startup_ms, stop, &out, &err, &ended);
    if (rc < 0 && rc != ERR_STOPPED) {
        answer->fault = fault_of(plan, need, err_text());
        rc = 0;
    } else if (rc == 0 && ended.signal == 0 && ended.code == EXIT_LACKS) {
        answer->na = reason_of(plan, need, &out, &err);
    } else if (rc == 0 && (ended.signal != 0 || ended.code != 0)) {
        plan_quote_end(&why, &ended, &err);
        answer->fault = fault_of(plan, need, why.data);
    }
    buf_done(&out);
    buf_done(&err);
    buf_done(&why);
    return rc;
}

int plan_ask_needs(struct plan *plan, struct loop *loop, const bool *stop) {
    size_t most = 0, known = 0;
    for (size_t i = 0; i < plan->len; i++)
        most += plan->cells[i].need_count;
    struct answer *answers = arena_array(&plan->arena, most, sizeof(*answers));
    for (size_t i = 0; i < plan->len; i++) {
        struct plan_cell *c = &plan->cells[i];
        for (size_t j = 0; j < c->need_count; j++) {
            size_t a = 0;
            while (a < known && strcmp(answers[a].line, c->needs[j].line) != 0)
                a++;
            int rc = a < known ? 0 : ask(plan, c, &c->needs[j], loop, stop, &answers[a]);
            if (rc < 0)
                return rc;
            known += a == known;
            if (!*c->na)
                c->na = answers[a].na;
            if (!*c->fault)
                c->fault = answers[a].fault;
        }
    }
    return 0;
}
