/* SPDX-License-Identifier: Apache-2.0 */
/* All that was found, as one file that can be checked again anywhere. */
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
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

static int write_files(struct fix *f) {
    struct buf json, page;
    char digits[HASH_HEX_SIZE];
    buf_init(&json, PROOF_FILE_MAX);
    buf_init(&page, PROOF_PAGE_MAX);
    int rc = proof_write(&json, &f->proof);
    proof_text(&page, &f->proof);
    if (rc == 0)
        rc = file_replace(fix_path(f, "proof.json"), json.data, json.len);
    if (rc == 0)
        rc = file_replace(fix_path(f, "proof.md"), page.data, page.len);
    hash_bytes(json.data, json.len, digits);
    f->record.proof_sha256 = arena_strdup(&f->arena, digits);
    buf_done(&page);
    buf_done(&json);
    return rc;
}

static int run(struct fix *f, struct json_writer *w) {
    struct proof_faults faults = {.arena = &f->arena};
    int rc = fix_seal(f);
    if (rc == 0 && !proof_holds(&f->proof, &faults))
        return fix_end(f, FIX_UNPROVEN, "%s: %s", proof_fault_name(faults.rows[0].kind),
                       faults.rows[0].text);
    if (rc == 0)
        rc = write_files(f);
    if (rc == 0)
        json_put_str(w, "sha256", f->record.proof_sha256);
    return rc;
}

static int load(struct fix *f, struct json at) {
    const char *digits = "";
    int rc = json_str(at, "sha256", &digits);
    f->record.proof_sha256 = arena_strdup(&f->arena, digits);
    return rc;
}

const struct fix_step fix_step_bundle = {
    .name = "bundle", .doing = "the proof is written", .run = run, .load = load};
