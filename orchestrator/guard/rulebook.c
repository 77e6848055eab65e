/* SPDX-License-Identifier: Apache-2.0 */
#include "orchestrator/guard/rulebook.h"

#include <string.h>

#include "engine/base/err.h"
#include "orchestrator/guard/guard.h"
#include "orchestrator/guard/shelf.h"

enum { SHORT_ID = 12 };

/* *out stays NULL where the commit has no noctule.json. */
static int load(struct guard *g, const char *id, struct policy **out) {
    struct shelf s;
    int rc = shelf_find(&s, &g->arena, g->commits, id, g->prefix);
    if (rc == ERR_NOTFOUND)
        return 0;
    if (rc == 0)
        rc = policy_parse_from(out, s.text, s.len, s.name, shelf_preset, &s);
    if (rc < 0)
        return err_while(rc, "reading the rules of %.*s", SHORT_ID, id);
    policy_place(*out, s.folder);
    return 0;
}

/* Says who changed what: the range, what is not committed, or both. */
static const char *tell_rules(struct guard *g, const struct policy *base,
                              const struct policy *tip) {
    const struct policy *from = tip ? tip : base;
    const char *inside = base && tip ? policy_compare(base, tip, &g->arena) : NULL;
    const char *beside = from ? policy_compare(from, g->policy, &g->arena) : NULL;
    if (!inside && !beside)
        return NULL;
    return arena_printf(&g->arena, "%s%s%s%s%s; those before it hold as well",
                        inside ? "the range changes the rules " : "", inside ? inside : "",
                        inside && beside ? ", " : "",
                        beside ? "the checkout changes the rules " : "", beside ? beside : "");
}

static const char *tell(struct guard *g, const struct policy *base, const struct policy *tip) {
    const char *rules = tell_rules(g, base, tip);
    return rules && g->unheeded ? arena_printf(&g->arena, "%s; %s", rules, g->unheeded)
           : rules              ? rules
                                : g->unheeded;
}

static void add(struct rulebook *b, struct policy *p) {
    for (size_t i = 0; p && i < b->len; i++)
        policy_subtract(p, b->rows[i]);
    if (p && policy_len(p) > 0)
        b->rows[b->len++] = p;
    else
        policy_free(p);
}

int rulebook_open(struct rulebook *out, struct guard *g, const char *base, const char *tip) {
    struct policy *of_base = NULL, *of_tip = NULL;
    *out = (struct rulebook){.rows = {g->policy}, .len = 1};
    if (!g->project || !*base)
        return 0;
    int rc = load(g, base, &of_base);
    if (rc == ERR_FORMAT)
        rc = err_while(rc, "the range begins from rules that cannot be read; mend them there with "
                           "git alone, or name others with noctule check --rules");
    if (rc == 0)
        rc = load(g, tip, &of_tip);
    if (rc < 0) {
        policy_free(of_base);
        policy_free(of_tip);
        return rc;
    }
    out->changed = tell(g, of_base, of_tip);
    add(out, of_base);
    add(out, of_tip);
    return 0;
}

void rulebook_close(struct rulebook *b) {
    for (size_t i = 1; i < b->len; i++)
        policy_free(b->rows[i]);
    *b = (struct rulebook){.len = 0};
}

const char *const *rulebook_files(const struct rulebook *b, struct arena *arena, size_t *count) {
    const char **all = NULL;
    *count = 0;
    for (size_t i = 0; i < b->len; i++) {
        size_t n;
        const char *const *files = policy_files(b->rows[i], &n);
        const char **more = arena_array(arena, *count + n, sizeof(*more));
        for (size_t k = 0; k < *count + n; k++)
            more[k] = k < *count ? all[k] : files[k - *count];
        all = more;
        *count += n;
    }
    return all;
}

static void append(struct arena *arena, struct findings *to, const struct findings *from) {
    struct violation *rows = arena_array(arena, to->len + from->len, sizeof(*rows));
    const char **names =
        arena_array(arena, to->not_asked_len + from->not_asked_len, sizeof(*names));
    for (size_t i = 0; i < to->len + from->len; i++)
        rows[i] = i < to->len ? to->rows[i] : from->rows[i - to->len];
    for (size_t i = 0; i < to->not_asked_len + from->not_asked_len; i++)
        names[i] =
            i < to->not_asked_len ? to->not_asked[i] : from->not_asked[i - to->not_asked_len];
    to->rows = rows;
    to->len += from->len;
    to->not_asked = names;
    to->not_asked_len += from->not_asked_len;
    to->errors += from->errors;
    to->warnings += from->warnings;
    to->asked += from->asked;
    to->rules += from->rules;
}

void rulebook_check(const struct rulebook *b, struct arena *arena, const struct view_range *range,
                    struct findings *out) {
    policy_check(b->rows[0], arena, range, out);
    for (size_t i = 1; i < b->len; i++) {
        struct findings more;
        policy_check(b->rows[i], arena, range, &more);
        append(arena, out, &more);
    }
    out->changed = b->changed;
}
