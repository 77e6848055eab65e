/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/run/step_check.h"

#include <inttypes.h>

#include "engine/base/err.h"
#include "engine/nn/arch.h"

static int check_range(const char *what, const int32_t *values, int64_t n, int64_t end) {
    for (int64_t i = 0; values && i < n; i++)
        if (values[i] < 0 || values[i] >= end)
            return err_set(ERR_ARG, "%s %" PRId32 " at %" PRId64 " is not within 0 and %" PRId64,
                           what, values[i], i, end - 1);
    return 0;
}

static int check_keep(const struct step *st) {
    if (st->keep != KEEP_LIST)
        return 0;
    for (int64_t i = 0; i < st->keep_len; i++)
        if (st->keep_list[i] < (i ? st->keep_list[i - 1] + 1 : 0) || st->keep_list[i] >= st->tokens)
            return err_set(ERR_ARG, "logits to keep must rise within 0 and %" PRId64,
                           st->tokens - 1);
    return 0;
}

static int check_positions(const struct step *st, const struct config *c, const struct kv *kv) {
    int64_t end = c->max_positions;
    if (c->arch->position != POSITION_LEARNED)
        return check_range("position", st->positions, st->rows * st->tokens, POSITIONS_MAX);
    if (st->positions)
        return check_range("position", st->positions, st->rows * st->tokens, end);
    int64_t last = step_last_position(st, kv);
    if (last >= end)
        return err_set(ERR_LIMIT, "position %" PRId64 " exceeds the model's %" PRId64 " positions",
                       last, end);
    return 0;
}

int step_check(const struct step *st, const struct config *c, const struct kv *kv,
               int64_t max_rows) {
    if (st->rows < 1 || st->rows > max_rows)
        return err_set(ERR_LIMIT, "a batch of %" PRId64 " does not fit a session of %" PRId64,
                       st->rows, max_rows);
    if (st->tokens < 1 || st->tokens > POSITIONS_MAX)
        return err_set(ERR_ARG, "a step of %" PRId64 " tokens", st->tokens);
    if (!st->ids == !st->embeds)
        return err_set(ERR_ARG, "a step has either ids or embeddings");
    if (kv && kv->length > 0 && kv->rows != st->rows)
        return err_set(ERR_ARG, "the session holds %" PRId64 " rows, the step has %" PRId64,
                       kv->rows, st->rows);
    int64_t n = st->rows * st->tokens;
    int64_t types = c->type_vocab_size ? c->type_vocab_size : c->vocab_size;
    int rc = check_range("token id", st->ids, n, c->vocab_size);
    if (rc == 0)
        rc = check_range("token type", st->types, n, types);
    if (rc == 0)
        rc = check_keep(st);
    if (rc == 0 && kv)
        rc = kv_reserve(kv, st->tokens);
    if (rc == 0)
        rc = check_positions(st, c, kv);
    if (rc == 0 && st->types && c->arch->position == POSITION_ROPE)
        rc = err_set(ERR_ARG, "the family %s has no token types", c->arch->model_type);
    return rc;
}

int64_t step_last_position(const struct step *st, const struct kv *kv) {
    int64_t past = kv ? kv->length : 0, last = 0;
    if (st->positions) {
        for (int64_t i = 0; i < st->rows * st->tokens; i++)
            last = st->positions[i] > last ? st->positions[i] : last;
        return last;
    }
    if (!(st->flags & STEP_MASK_POSITIONS) || !kv)
        return past + st->tokens - 1;
    for (int64_t b = 0; b < st->rows; b++) {
        int64_t seen = kv_seen(kv, b, past);
        for (int64_t t = 0; t < st->tokens; t++)
            seen += !st->mask || st->mask[b * st->tokens + t];
        last = seen - 1 > last ? seen - 1 : last;
    }
    return last;
}
