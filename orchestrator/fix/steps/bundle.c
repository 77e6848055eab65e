/* SPDX-License-Identifier: Apache-2.0 */
/* All that was found, as one file that can be checked again anywhere. */
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "orchestrator/fix/fix.h"

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
