/* SPDX-License-Identifier: Apache-2.0 */
/* What a repository says of a bundle. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "orchestrator/git/branch.h"
#include "orchestrator/git/changes.h"
#include "orchestrator/git/commits.h"
#include "orchestrator/proof/fields.h"
#include "orchestrator/proof/proof.h"

/* The caps of the role were kept when the change was let in; here only what it is counts. */
static const int64_t no_cap = INT64_MAX;

static int check_base(const struct proof *p, const struct commits *c, struct arena *arena,
                      struct proof_faults *f) {
    struct commits_entry entry;
    char id[REPO_HEX_SIZE];
    int rc = commits_find(c, p->base, id);
    if (rc == ERR_NOTFOUND || rc == ERR_ARG || rc == ERR_NOTNOW ||
        (rc == 0 && strcmp(id, p->base) != 0)) {
        proof_fault(f, PROOF_FAULT_BASE, "%.12s is not in this repository; fetch it first",
                    p->base);
        return 0;
    }
    if (rc == 0)
        rc = commits_entry(c, arena, id, &entry);
    if (rc == 0 && strcmp(entry.tree, p->base_tree) != 0)
        proof_fault(f, PROOF_FAULT_BASE, "the tree of %.12s is %.12s, and not %.12s", p->base,
                    entry.tree, p->base_tree);
    return rc;
}

static int check_patch(const struct proof *p, const struct commits *c, struct proof_faults *f) {
    char tree[REPO_HEX_SIZE];
    int rc = changes_apply(c, p->base_tree, p->patch, strlen(p->patch), tree);
    if (rc == ERR_FORMAT || rc == ERR_UNSUPPORTED) {
        proof_fault(f, PROOF_FAULT_PATCH, "%s", err_text());
        return 0;
    }
    if (rc == 0 && strcmp(tree, p->fixed_tree) != 0)
        proof_fault(f, PROOF_FAULT_TREE, "base and patch give the tree %.12s, and not %.12s", tree,
                    p->fixed_tree);
    return rc;
}

/* Who refuses a change, and under which name it is a fault of the proof. */
static const struct {
    const char *refusal;
    enum proof_fault_kind fault;
} refusals[] = {
    {"read_only", PROOF_FAULT_TESTS    },
    {"outside",   PROOF_FAULT_POLICY   },
    {"nothing",   PROOF_FAULT_NO_CHANGE},
    {NULL,        PROOF_FAULT_PATHS    },
};

static void refuse(const struct changes_refusal *r, struct proof_faults *f) {
    size_t i = 0;
    while (refusals[i].refusal && strcmp(refusals[i].refusal, r->name) != 0)
        i++;
    proof_fault(f, refusals[i].fault, "%s%s%s", r->path, *r->path ? ": " : "", r->text);
}

static int compare_paths(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void compare_change(const struct proof *p, struct changes *real, struct proof_faults *f) {
    bool same = (size_t)real->files == p->path_count;
    if (real->files)
        qsort(real->paths, (size_t)real->files, sizeof(*real->paths), compare_paths);
    for (size_t i = 0; same && i < p->path_count; i++)
        same = strcmp(real->paths[i], p->paths[i]) == 0;
    if (!same)
        proof_fault(f, PROOF_FAULT_PATHS, "%lld files differ between the trees, among them %s",
                    (long long)real->files, real->files ? real->paths[0] : "none");
    if (real->added != p->added || real->removed != p->removed || real->bytes != p->bytes)
        proof_fault(f, PROOF_FAULT_PATHS,
                    "the trees differ by +%lld −%lld lines in %lld bytes, and it says +%lld "
                    "−%lld in %lld",
                    (long long)real->added, (long long)real->removed, (long long)real->bytes,
                    (long long)p->added, (long long)p->removed, (long long)p->bytes);
}

/* Compared are the trees, whatever the patch says it does. */
static int check_change(const struct proof *p, const struct commits *c,
                        const struct proof_policy *policy, struct proof_faults *f) {
    static const char *const anything[] = {"", NULL};
    const struct changes_rules rules = {.allowed = policy->paths ? policy->paths : anything,
                                        .read_only = policy->read_only,
                                        .may_delete = true, /* a revert may */
                                        .files = no_cap,
                                        .lines = no_cap,
                                        .bytes = no_cap};
    struct changes real = {0};
    int rc = changes_judge(&real, c, p->base_tree, p->fixed_tree, &rules);
    if (rc == 0) {
        for (size_t i = 0; i < real.refused && i < CHANGES_REFUSALS_MAX; i++)
            refuse(&real.refusals[i], f);
        compare_change(p, &real, f);
    }
    changes_done(&real);
    return rc;
}

static bool same_tests(const struct proof *p, const struct proof_policy *policy) {
    bool same = p->test_count == policy->test_count;
    for (size_t i = 0; same && i < p->test_count; i++)
        same = strcmp(p->tests[i], policy->tests[i]) == 0;
    return same;
}

static int check_tests(const struct proof *p, const struct commits *c,
                       const struct proof_policy *policy, struct proof_faults *f) {
    char base[HASH_HEX_SIZE], fixed[HASH_HEX_SIZE];
    if (policy->tests && !same_tests(p, policy))
        proof_fault(f, PROOF_FAULT_POLICY,
                    "its base is judged by other paths of tests and limits than it says");
    if (p->test_count == 0)
        return 0; /* proof_holds() says so */
    int rc = commits_hash_paths(c, p->base_tree, p->prefix, p->tests, p->test_count, base);
    if (rc == 0)
        rc = commits_hash_paths(c, p->fixed_tree, p->prefix, p->tests, p->test_count, fixed);
    if (rc < 0)
        return rc;
    if (strcmp(base, p->tests_sha256) != 0)
        proof_fault(f, PROOF_FAULT_TESTS, "the tests of its base are not those that it names");
    if (strcmp(fixed, base) != 0)
        proof_fault(f, PROOF_FAULT_TESTS, "the patch changes what it is judged by");
    return 0;
}

/* A subject is a line of bounded length in the bundle. One that is no UTF-8 cannot stand there as
 * it is. */
static void check_blamed(const struct proof *p, const char *subject, struct proof_faults *f) {
    char *line = fields_line(subject, PROOF_TEXT_MAX);
    if (utf8_valid(line, strlen(line), NULL) && strcmp(line, p->culprit.subject) != 0)
        proof_fault(f, PROOF_FAULT_CULPRIT, "%.12s is \"%s\", and not \"%s\"", p->culprit.commit,
                    line, p->culprit.subject);
    free(line);
}

/* Whoever is blamed is a commit of this history, under its own name. */
static int check_culprit(const struct proof *p, const struct commits *c, struct arena *arena,
                         struct proof_faults *f) {
    const char *commit = p->culprit.commit;
    struct commits_entry entry;
    char id[REPO_HEX_SIZE];
    if (!*commit)
        return 0;
    int rc = commits_find(c, commit, id);
    if (rc == ERR_NOTFOUND || rc == ERR_ARG || rc == ERR_NOTNOW ||
        (rc == 0 && strcmp(id, commit) != 0)) {
        proof_fault(f, PROOF_FAULT_CULPRIT, "%.12s is not in this repository", commit);
        return 0;
    }
    if (rc == 0)
        rc = commits_entry(c, arena, id, &entry);
    if (rc != 0)
        return rc;
    if (!branch_descends(c, p->base, id))
        proof_fault(f, PROOF_FAULT_CULPRIT, "%.12s does not lead to the base %.12s", commit,
                    p->base);
    check_blamed(p, entry.subject, f);
    return 0;
}

/* No proof asks less of itself than its base does. */
static void check_runs(const struct proof *p, const struct proof_policy *policy,
                       struct proof_faults *f) {
    if (p->runs < policy->runs)
        proof_fault(f, PROOF_FAULT_POLICY,
                    "each tree was run %" PRId64 " times, and its base asks for %" PRId64, p->runs,
                    policy->runs);
    if (p->needed < policy->needed)
        proof_fault(f, PROOF_FAULT_POLICY,
                    "%" PRId64 " failures were needed, and its base asks for %" PRId64, p->needed,
                    policy->needed);
}

/* A cell is called SUITE/FAMILY/VALUES. */
static void check_decoys(const struct proof *p, const struct proof_policy *policy,
                         struct proof_faults *f) {
    for (const char *const *s = policy->decoys; s && *s && p->decoys.runs == 0; s++)
        for (size_t i = 0; i < p->case_count; i++) {
            size_t len = strlen(*s);
            if (strncmp(p->cases[i].cell, *s, len) == 0 && p->cases[i].cell[len] == '/') {
                proof_fault(f, PROOF_FAULT_POLICY, "no decoy was run, and its base has some for %s",
                            *s);
                return;
            }
        }
}

int proof_matches(const struct proof *p, const struct commits *c, const struct proof_policy *policy,
                  struct proof_faults *faults) {
    struct arena arena;
    size_t before = faults->len;
    if (policy->subject && strcmp(policy->subject, p->subject) != 0) {
        proof_fault(faults, PROOF_FAULT_SUBJECT, "it is about %s, and this is %s", p->subject,
                    policy->subject);
        return 0;
    }
    arena_init(&arena, 0);
    int rc = check_base(p, c, &arena, faults);
    bool based = faults->len == before;
    if (rc == 0 && based)
        rc = check_patch(p, c, faults);
    /* Without the trees there is nothing to be compared. */
    bool trees = faults->len == before;
    if (rc == 0 && trees)
        rc = check_change(p, c, policy, faults);
    if (rc == 0 && trees)
        rc = check_tests(p, c, policy, faults);
    if (rc == 0 && based)
        rc = check_culprit(p, c, &arena, faults);
    if (rc == 0 && based)
        check_runs(p, policy, faults);
    if (rc == 0 && based)
        check_decoys(p, policy, faults);
    arena_done(&arena);
    return rc;
}
