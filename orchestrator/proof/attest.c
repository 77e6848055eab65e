/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/proof/attest.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/base/json.h"

/* What receipt_json() calls an attempt whose change was let in. */
static const char *const let_in[] = {"proposed", "verified"};

/* What receipt_json() counts of a model, all of it from 0. */
static const char *const counts[] = {"turns",         "refused",     "input_tokens",
                                     "output_tokens", "estimated",   "inexact",
                                     "request_bytes", "reply_bytes", NULL};
static const char *const model_counts[] = {"requests", "input_tokens", "output_tokens", NULL};

static void refuse(struct proof_faults *f) {
    proof_fault(f, PROOF_FAULT_RECEIPT, "%s", err_text());
}

static void check_word(struct json receipt, const char *key, const char *want,
                       struct proof_faults *f) {
    const char *word = "";
    if (json_str(receipt, key, &word) < 0)
        refuse(f);
    else if (strcmp(word, want) != 0)
        proof_fault(f, PROOF_FAULT_RECEIPT, "its %s is %s, and that of the proof %s", key, word,
                    want);
}

static void check_verdict(struct json receipt, struct proof_faults *f) {
    const char *word = "";
    bool known = false;
    if (json_str(receipt, "verdict", &word) < 0) {
        refuse(f);
        return;
    }
    for (size_t i = 0; i < sizeof(let_in) / sizeof(*let_in); i++)
        known |= strcmp(word, let_in[i]) == 0;
    if (!known)
        proof_fault(f, PROOF_FAULT_RECEIPT, "the attempt ended as %s, so its change was not let in",
                    word);
}

static void check_refusals(struct json receipt, struct proof_faults *f) {
    struct json change, list;
    const char *name = "";
    if (json_object(receipt, "change", &change) < 0 || json_array(change, "refusals", &list) < 0) {
        refuse(f);
        return;
    }
    if (json_len(list) == 0)
        return;
    if (json_str(json_at(list, 0), "name", &name) < 0)
        refuse(f);
    else
        proof_fault(f, PROOF_FAULT_RECEIPT, "the change was refused: %s", name);
}

static void check_counts(struct json at, const char *const *keys, struct proof_faults *f) {
    int64_t count;
    for (const char *const *key = keys; *key; key++)
        if (json_opt_int(at, *key, 0, INT64_MAX, &count) < 0)
            refuse(f);
}

static void check_model(struct json receipt, struct proof_faults *f) {
    struct json model, list = json_get(receipt, "model.models");
    double usd = 0;
    if (json_object(receipt, "model", &model) < 0) {
        refuse(f);
        return;
    }
    check_counts(model, counts, f);
    if (json_opt_real(model, "usd", &usd) < 0)
        refuse(f);
    else if (usd < 0)
        proof_fault(f, PROOF_FAULT_RECEIPT, "it cost %g USD", usd);
    for (struct json m = json_first(list); m.node; m = json_next(m))
        check_counts(m, model_counts, f);
}

static void check_receipt(const struct proof *p, struct proof_faults *f) {
    struct json_doc *doc;
    if (json_parse(&doc, p->receipt, strlen(p->receipt), "the receipt", 0) < 0) {
        refuse(f);
        return;
    }
    struct json root = json_root(doc);
    check_word(root, "role", p->role, f);
    check_word(root, "driver", p->driver, f);
    check_word(root, "base_tree", p->base_tree, f);
    check_word(root, "tree", p->fixed_tree, f);
    check_verdict(root, f);
    check_refusals(root, f);
    check_model(root, f);
    json_free(doc);
}

static void check_review(const struct proof *p, struct proof_faults *f) {
    struct json_doc *doc;
    const char *verdict = "";
    if (!*p->review) /* nobody reviewed */
        return;
    if (json_parse(&doc, p->review, strlen(p->review), "the review", 0) < 0) {
        proof_fault(f, PROOF_FAULT_REVIEW, "%s", err_text());
        return;
    }
    if (json_str(json_root(doc), "verdict", &verdict) < 0)
        proof_fault(f, PROOF_FAULT_REVIEW, "%s", err_text());
    else if (strcmp(verdict, "LAND") != 0)
        proof_fault(f, PROOF_FAULT_REVIEW, "the verdict is %s, and not LAND", verdict);
    json_free(doc);
}

void attest_check(const struct proof *p, struct proof_faults *faults) {
    check_receipt(p, faults);
    check_review(p, faults);
}
