/* SPDX-License-Identifier: Apache-2.0 */
/* generate: the loop: step, process the scores, choose, stop. Greedy and sampling are one loop, in
 * the order and with the defaults of Transformers (compat §4).
 *
 * With prompt_lookup_num_tokens a pass computes a draft too (run/lookup.h). Each token is chosen
 * from the same scores, with the same noise, as without: ids and margins are the same. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "engine/run/generation.h"
#include "engine/run/sampler.h"
#include "engine/run/session.h"

/* What one step chose, for every row of the batch. Valid during the callback. */
struct generate_step {
    int64_t step, rows, vocab;
    const int32_t *tokens;        /* [rows] pad_token_id for rows that had ended */
    const bool *ended;            /* [rows] after this token */
    const struct choice *choices; /* [rows] margin: how near to a tie */
    const float *scores;          /* [rows,vocab] processed */
    const float *logits;          /* [rows,vocab] raw */
};
/* 0: go on; > 0: stop after this token, which counts; < 0: fail with that code. */
typedef int generate_fn(void *arg, const struct generate_step *step);

/* ids [rows,tokens] is the whole prefix: what the session holds of it already is not computed
 * again (the caller answers for its being the same). embeds instead of ids start from an empty
 * session, and then the result holds the new tokens only. */
struct generate_request {
    int64_t rows, tokens;
    const int32_t *ids;
    const float *embeds;
    const uint8_t
        *mask;    /* [rows,tokens] 0 = padding; NULL: inferred from pad_token_id, as HF does */
    bool is_text; /* without a mask no id is padding, as when HF's tokenizer makes the mask */
    const struct generation *settings;
    const float *noise; /* [noise_steps,rows,vocab] Exp(1), instead of our own; or NULL */
    int64_t noise_steps;
    generate_fn *each; /* may be NULL */
    void *arg;
};

enum finish { FINISH_LENGTH, FINISH_EOS, FINISH_STRING, FINISH_CANCELLED };
const char *generate_finish_name(enum finish f); /* "length", "eos", "stop_string", "cancelled" */

struct generate_result {
    int64_t rows, len;             /* prompt (unless embeddings) and new tokens */
    int64_t prompt;                /* ids before the new ones */
    int64_t steps;                 /* new tokens */
    int32_t *ids;                  /* [rows,len] */
    enum finish *finish;           /* [rows] */
    int64_t prefill_ns, decode_ns; /* of the first step, of the others */
    int64_t passes;                /* over the model, behind that of the prompt */
    int64_t drafted, accepted;     /* tokens that lookup guessed, and those that came true */
};

/* Zeroes *out and fills it; the caller frees it with generate_done(). 0; ERR_ARG for a setting or
 * an id that does not fit the model, a prompt longer than max_length, a head that cannot generate;
 * ERR_LIMIT when the session's capacity does not hold prompt and new tokens; ERR_UNSUPPORTED for
 * lookup in a batch; ERR_FORMAT when the model's scores are no numbers; what the callback returns.
 */
int generate(struct generate_result *out, struct session *s,
             const struct generate_request *request);
void generate_done(struct generate_result *g); /* copes with a zeroed struct */
