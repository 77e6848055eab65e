/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/nn/weight_shape.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/nn/arch.h"

static const struct {
    const char *name;
    size_t offset;
} names[] = {
    {"vocab",     C(vocab_size)         },
    {"hidden",    C(hidden_size)        },
    {"inner",     C(intermediate_size)  },
    {"heads",     C(num_attention_heads)},
    {"kv_heads",  C(num_key_value_heads)},
    {"head_dim",  C(head_dim)           },
    {"positions", C(max_positions)      },
    {"types",     C(type_vocab_size)    },
    {"labels",    C(num_labels)         },
};

static int64_t lookup(const char *name, size_t len, const struct config *c) {
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strlen(names[i].name) == len && memcmp(names[i].name, name, len) == 0)
            return *(const int64_t *)((const char *)c + names[i].offset);
    char *end;
    long long number = strtoll(name, &end, 10);
    CHECK(end == name + len && number > 0);
    return number;
}

int weight_shape(struct tensor *out, const char *expression, const struct config *c,
                 enum dtype dtype) {
    int64_t shape[TENSOR_RANK_MAX] = {1};
    int rank = 0;
    for (const char *at = expression; *at;) {
        size_t len = strcspn(at, "*,");
        if (__builtin_mul_overflow(shape[rank], lookup(at, len, c), &shape[rank]))
            return err_set(ERR_LIMIT, "a dimension of %s does not fit in 63 bits", expression);
        at += len;
        if (*at == ',') {
            CHECK(rank + 1 < TENSOR_RANK_MAX);
            shape[++rank] = 1;
        }
        if (*at)
            at++;
    }
    return tensor_init(out, dtype, rank + 1, shape);
}
