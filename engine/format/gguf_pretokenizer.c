/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/format/gguf_pretokenizer.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/log.h"
#include "engine/format/gguf_metadata.h"

enum { NAMES_MAX = 1024 };

/* Contractions, words with what stands before them, numbers of `digits`, and the rest. */
#define PATTERN(digits)                                                  \
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" digits \
    "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
static const char one_digit[] = PATTERN("\\p{N}");
static const char three_digits[] = PATTERN("\\p{N}{1,3}");

static const struct gguf_pretokenizer rows[] = {
    {"gpt-2",            NULL,         false, false, false, false},
    {"default",          NULL,         false, false, false, false},
    {"phi-2",            NULL,         false, false, false, false},
    {"smollm",           NULL,         true,  false, false, false},
    {"starcoder",        NULL,         true,  false, false, false},
    {"refact",           NULL,         true,  false, false, false},
    {"qwen2",            one_digit,    false, true,  false, false},
    {"deepseek-r1-qwen", one_digit,    false, true,  false, true },
    {"llama-bpe",        three_digits, false, false, true,  true },
    {"llama3",           three_digits, false, false, true,  true },
    {"llama-v3",         three_digits, false, false, true,  true },
    {NULL,               NULL,         false, false, false, false},
};

int gguf_pretokenizer_find(const struct gguf *g, const char *name,
                           const struct gguf_pretokenizer **out) {
    struct buf names;
    if (!name || strcmp(name, "default") == 0)
        log_warn("the file does not say how words are cut; it is done as GPT-2 does");
    for (const struct gguf_pretokenizer *p = rows; p->name; p++) {
        if (strcmp(p->name, name ? name : "default") == 0) {
            *out = p;
            return 0;
        }
    }
    buf_init(&names, NAMES_MAX);
    for (const struct gguf_pretokenizer *p = rows; p->name; p++)
        buf_printf(&names, "%s%s", p == rows ? "" : ", ", p->name);
    (void)gguf_fail(g, "tokenizer.ggml.pre",
                    "\"%s\" is not a way to cut words this engine knows (%s)", name, names.data);
    buf_done(&names);
    return ERR_UNSUPPORTED;
}
