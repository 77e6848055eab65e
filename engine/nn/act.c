/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/act.h"

#include <string.h>

#include "engine/base/err.h"

/* HF's ACT2FN has several names for one function; the first here is the one that we print. */
static const struct {
    const char *name;
    enum act act;
} acts[] = {
    {"silu",              ACT_SILU     },
    {"swish",             ACT_SILU     },
    {"gelu",              ACT_GELU     },
    {"gelu_python",       ACT_GELU     },
    {"gelu_new",          ACT_GELU_TANH},
    {"gelu_pytorch_tanh", ACT_GELU_TANH},
    {"gelu_python_tanh",  ACT_GELU_TANH},
    {"gelu_fast",         ACT_GELU_TANH},
    {"gelu_accurate",     ACT_GELU_TANH},
    {"relu",              ACT_RELU     },
    {"tanh",              ACT_TANH     },
};

const char *act_name(enum act a) {
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        if (acts[i].act == a)
            return acts[i].name;
    return "?";
}

int act_parse(struct json v, enum act *out) {
    const char *name;
    int rc = json_as_str(v, &name);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
        if (strcmp(acts[i].name, name) == 0) {
            *out = acts[i].act;
            return 0;
        }
    }
    json_fail(v, "the activation \"%s\" is not known", name);
    return ERR_UNSUPPORTED;
}
