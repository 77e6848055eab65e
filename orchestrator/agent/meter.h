/* SPDX-License-Identifier: Apache-2.0 */
/* meter: what an attempt used of models, counted where the traffic passes and nowhere else. It
 * lies in memory that processes share, and only ever grows. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct role_budget;

enum { METER_MODELS = 8, METER_NAME = 96 };

struct meter_model {
    char name[METER_NAME]; /* as the reply calls it */
    int64_t requests, input_tokens, output_tokens;
};

struct meter {
    int64_t turns;   /* requests that a model answered */
    int64_t refused; /* requests that were turned down */
    int64_t input_tokens, output_tokens;
    int64_t request_bytes, reply_bytes;
    int64_t inexact;   /* replies of a replay to another request than the recorded */
    int64_t estimated; /* replies that did not say what they cost */
    double usd;
    char cut[32]; /* the budget that ended it ("tokens"), "" while none has */
    struct meter_model models[METER_MODELS];
};
