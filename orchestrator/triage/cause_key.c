/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/triage/cause_key.h"

#include <string.h>

#include "engine/base/arena.h"
#include "orchestrator/store/clusters.h"
#include "orchestrator/triage/signature.h"

enum { KERNEL_MAX = 64 << 10 };

/* "plain", "avx512bf16", "neon": how far a machine goes, and not what is computed. */
bool cause_key_is_level(const char *word, size_t len) {
    static const char *const whole[] = {"plain", "neon", "dotprod", "i8mm", "fp16", NULL};
    static const char *const begins[] = {"sse", "avx", "amx", "sve", NULL};
    for (size_t i = 0; whole[i]; i++)
        if (strlen(whole[i]) == len && strncmp(whole[i], word, len) == 0)
            return true;
    for (size_t i = 0; begins[i]; i++)
        if (len > 2 && strncmp(begins[i], word, 3) == 0)
            return true;
    return false;
}

const char *cause_key_kernel(struct arena *arena, const char *kernel) {
    struct buf b;
    buf_init(&b, KERNEL_MAX);
    for (const char *at = kernel; *at;) {
        size_t len = strcspn(at, ".");
        if (at == kernel || !cause_key_is_level(at, len)) {
            if (b.len)
                buf_putc(&b, '.');
            buf_add(&b, at, len);
        }
        at += len + (at[len] == '.');
    }
    const char *kept = arena_strdup(arena, b.data ? b.data : "");
    buf_done(&b);
    return kept;
}

/* Stages that one piece of code puts together: a fault in it is seen in this or that of them,
 * whatever op a family has there. A stage that is not here is a part of its own. */
const char *cause_key_part(const char *stage) {
    static const struct {
        const char *stage, *part;
    } rows[] = {
        {"qkv_matmul",   "qkv"      },
        {"qkv_bias",     "qkv"      },
        {"q_norm",       "qk_norm"  },
        {"k_norm",       "qk_norm"  },
        {"q_rope",       "rope"     },
        {"k_rope",       "rope"     },
        {"attn_scores",  "attention"},
        {"attn_softmax", "attention"},
        {"ffn_gate",     "ffn_in"   },
        {"ffn_up",       "ffn_in"   },
        {"ffn_act",      "ffn_act"  },
        {"ffn_gated",    "ffn_act"  },
        {NULL,           NULL       },
    };
    for (size_t i = 0; rows[i].stage; i++)
        if (strcmp(rows[i].stage, stage) == 0)
            return rows[i].part;
    return stage;
}

/* Kernels of one backend that are built on the same helper: a fault in that is seen in each. What
 * follows the name, "_q8", stays: it is another helper. */
static const char *kin_of(const char *kernel, const char **rest) {
    static const struct {
        const char *kernel, *kin;
    } rows[] = {
        {"attn_scores", "attention"},
        {"attn_values", "attention"},
        {"layer_norm",  "norm"     },
        {"rms_norm",    "norm"     },
        {"matmuls",     "matmul"   },
        {"gated",       "matmul"   },
        {NULL,          NULL       },
    };
    for (size_t i = 0; rows[i].kernel; i++) {
        size_t len = strlen(rows[i].kernel);
        *rest = kernel + len;
        if (strncmp(rows[i].kernel, kernel, len) == 0 && (!**rest || **rest == '_'))
            return rows[i].kin;
    }
    *rest = kernel;
    return "";
}

/* What is shared by all stages is not told by the one in which it was seen. */
bool cause_key_is_of_stage(const struct cluster_failure *f) {
    return *f->stage && strcmp(f->op, "memory") != 0 && strcmp(f->op, "positions") != 0;
}

void cause_key_explained(struct buf *b, struct arena *arena, const struct cluster_failure *f) {
    if (strcmp(f->kind, "kernel") == 0 && *f->kernel) {
        const char *name = cause_key_kernel(arena, f->kernel), *last = strrchr(name, '.'), *rest;
        const char *kin = kin_of(last ? last + 1 : name, &rest);
        buf_printf(b, "kernel|%.*s%s%s", last ? (int)(last + 1 - name) : 0, name, kin, rest);
        return;
    }
    bool loads = strcmp(f->kind, "loading") == 0 && strcmp(f->op, "weights") == 0;
    if (strcmp(f->kind, "weight") == 0 || loads) { /* all are read by one piece of code */
        buf_puts(b, "weight|");
        return;
    }
    if (cause_key_is_of_stage(f)) {
        buf_printf(b, "stage|%s", cause_key_part(f->stage));
        return;
    }
    buf_printf(b, "%s|", f->kind);
    if (*f->op)
        buf_puts(b, f->op);
    else
        signature_mask(b, f->said);
}

/* The template is STATUS|CLASS|LAYER|RULE|TYPE|TEXT; the text of wrong numbers is a stage and how
 * far it was off. */
void cause_key_signature(struct buf *b, const struct cluster_failure *f) {
    const char *text = f->template;
    buf_puts(b, "signature|");
    for (int field = 0; *text && field < 5; field++) {
        size_t len = strcspn(text, "|");
        if (field < 4) {
            buf_add(b, text, len);
            buf_putc(b, '|');
        }
        text += len + (text[len] == '|');
    }
    if (!*f->template)
        signature_mask(b, f->message);
    else if (strcmp(f->verdict, "numerics") == 0)
        buf_add(b, text, strcspn(text, " "));
    else
        buf_puts(b, text);
}

/* Whether a's kernel is the one that its kin are called by, and b's is not; they are kin. */
bool cause_key_leads(const struct cluster_failure *a, const struct cluster_failure *b) {
    const char *x = strrchr(a->kernel, '.'), *y = strrchr(b->kernel, '.'), *rest;
    return x && y && !*kin_of(x + 1, &rest) && *kin_of(y + 1, &rest);
}

size_t cause_key_ground(const struct cluster_failure *f) {
    const char *at = strstr(f->said, ", which it stands on, fails too: ");
    return at && !memchr(f->said, ' ', (size_t)(at - f->said)) ? (size_t)(at - f->said) : 0;
}
