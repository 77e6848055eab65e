/* SPDX-License-Identifier: Apache-2.0 */
/* wish: what the options of a command say of an attempt: who proposes, with which model, and behind
 * which walls. The commands that hand out work have these rows as a group. */
#pragma once

#include "engine/base/opt.h"

struct arena;
struct attempt_spec;
struct role;

/* Strings are borrowed from argv. */
struct wish {
    const char *patch;
    const char *model, *model_url, *dialect, *key_env, *record, *replay;
    double usd_in, usd_out;
    struct opt_list readable;
    const char *require, *level;
};
extern const struct opt wish_opts[];

/* Sets driver, command, patch, model, dialect, key, prices, readable, least and only of the spec;
 * strings live in arena. argv: [argc] the command of the driver. 0; ERR_ARG when the driver is not
 * there, or lacks what it needs, or is given what it does not take; ERR_FORMAT, ERR_IO. */
int wish_fill(struct attempt_spec *spec, struct arena *arena, const struct wish *w,
              const char *driver, char **argv, int argc);
/* A role that may be played: one with a fault is not. 0 or as role_load(). */
int wish_load_role(struct role *out, const char *path);
