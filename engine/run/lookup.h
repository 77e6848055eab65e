/* SPDX-License-Identifier: Apache-2.0 */
/* lookup: guesses of what comes next, found in what was said before (compat §4.5).
 *
 * The last n tokens, n from the longest down to one, are searched for in the text so far; what
 * followed them there is the draft. A pass computes the logits behind every token of the draft at
 * once, and the draft is believed as far as the tokens chosen from them are its own. So nothing is
 * said that would not have been said without it: a wrong draft costs time alone. To bound that,
 * too, drafts get shorter while none comes true, and are then made ever more rarely, down to one
 * token in LOOKUP_PAUSE_MAX passes; the first that comes true in part restores them. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* A pass has at most so many tokens: backends compute a few tokens as they compute one, where many
 * are rounded otherwise and a near tie might fall to another. */
enum { LOOKUP_PASS_MAX = 8, LOOKUP_PAUSE_MAX = 64 };

struct lookup {
    int64_t most;                      /* tokens of a draft, at most; 0 = no drafts are made */
    int64_t ngram;                     /* the longest run that is searched for */
    int32_t pass[LOOKUP_PASS_MAX];     /* the token that is certain, then the draft */
    int64_t len;                       /* of the draft */
    int64_t passes, drafted, accepted; /* so far */
    int64_t before;                    /* accepted, when the last draft was made */
    int64_t misses, pause; /* drafts in a row of which nothing came true; passes to skip */
};

/* A draft for ids [n], whose last is certain, of at most `room` tokens; before the first end
 * token [ends]. Without a guess it is empty. Counts a pass. */
void lookup_guess(struct lookup *l, const int32_t *ids, int64_t n, int64_t room,
                  const int32_t *ends, int64_t ends_len);
/* Whether the draft's token i is the one that was chosen in its place; then the logits behind it
 * hold. Counts it. */
bool lookup_confirms(struct lookup *l, int64_t i, int32_t chosen);
