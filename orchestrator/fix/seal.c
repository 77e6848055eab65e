/* SPDX-License-Identifier: Apache-2.0 */
/* What of a proof depends on no step: what was swept, what judged, where the audit stood. */
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/hash.h"
#include "orchestrator/fix/fix.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/proof/ground.h"
#include "orchestrator/store/audit.h"
#include "orchestrator/sweep/place.h"
#include "orchestrator/sweep/plan.h"

static int hash_judges(struct fix *f, const char *tree, const char **out) {
    char digits[HASH_HEX_SIZE];
    *out = "";
    if (!f->proof.test_count)
        return 0;
    int rc = commits_hash_paths(f->commits, tree, f->prefix, f->proof.tests, f->proof.test_count,
                                digits);
    *out = arena_strdup(&f->arena, digits);
    return rc;
}

static int fill_tests(struct fix *f) {
    f->proof.tests = ground_judges(&f->arena, &f->place->config, &f->proof.test_count);
    int rc = hash_judges(f, f->proof.base_tree, &f->proof.tests_sha256);
    return rc == 0 ? hash_judges(f, f->proof.fixed_tree, &f->proof.tests_fixed_sha256) : rc;
}

static int fill_audit(struct fix *f) {
    struct audit_report report;
    struct buf faults;
    buf_init(&faults, 1 << 16);
    int rc = audit_verify(f->place->logs, &report, &faults);
    if (rc == 0 && report.faults)
        rc = err_set(ERR_FORMAT, "the audit is broken: %s", faults.data);
    if (rc == 0)
        f->proof.audit = arena_strdup(&f->arena, report.head);
    buf_done(&faults);
    return rc;
}

int fix_seal(struct fix *f) {
    size_t n = 0;
    while (f->target.cells[n])
        n++;
    const struct plan_filter filter = {
        .cells = {.items = f->target.cells, .len = n}
    };
    f->proof.scope = f->options->cells_only ? plan_scope(&f->arena, &filter) : "";
    f->proof.made_ms = f->record.begun_ms;
    int rc = fill_tests(f);
    if (rc == 0)
        rc = fill_audit(f);
    if (rc == 0)
        proof_seal(&f->proof, &f->arena);
    return rc;
}
