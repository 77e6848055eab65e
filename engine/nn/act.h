/* SPDX-License-Identifier: Apache-2.0 */
/* act: activation functions by the names that config.json has for them. */
#pragma once

#include "engine/base/json.h"

enum act { ACT_SILU, ACT_GELU, ACT_GELU_TANH, ACT_RELU, ACT_TANH, ACT_COUNT };
/* HF's name of it ("silu"). */
const char *act_name(enum act a);
/* Any of HF's names for it. 0, or ERR_UNSUPPORTED naming the value's path. */
int act_parse(struct json v, enum act *out);
