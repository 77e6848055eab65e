/* SPDX-License-Identifier: Apache-2.0 */
/* refusal: what the sentence of a plan that cannot be made is about. */
#pragma once

#include "engine/op/op.h"
#include "engine/op/stage.h"

/* "kv_store of f32 [2,9,2,8] …": an op refuses what it is given, and nothing was computed. OP_COUNT
 * when the text says something else. */
enum op refusal_op(const char *text);
/* "matmuls of qkv_matmul, layer 0: …": what cannot be taken apart says what it was for. STAGE_NONE
 * when it does not. */
enum stage refusal_stage(const char *text);
