/* SPDX-License-Identifier: Apache-2.0 */
/* Any text is either refused or names shards that lie beside the index. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/file.h"
#include "engine/format/shard_index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct shard_index *index = NULL;
    if (shard_index_parse(&index, (const char *)data, size, "input") < 0)
        return 0;
    for (size_t i = 0; i < shard_index_count(index); i++) {
        const char *shard = shard_index_shard(index, shard_index_at(index, i)->shard);
        CHECK(file_is_plain_name(shard, strlen(shard)));
    }
    shard_index_free(index);
    return 0;
}
