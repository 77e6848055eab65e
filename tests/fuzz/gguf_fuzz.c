/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are either refused or give values that can be asked for and tensors whose every byte
 * can be read. */
#include <stddef.h>
#include <stdint.h>

#include "engine/format/gguf.h"
#include "engine/format/gguf_tokenizer.h"
#include "engine/token/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Where the sums go, so that the bytes are read. */
static volatile unsigned sink;

static void sum_bytes(const void *data, size_t size) {
    for (size_t i = 0; i < size; i++)
        sink += ((const uint8_t *)data)[i];
}

static void ask_array(const struct gguf_value *v) {
    struct gguf_string s;
    uint64_t cursor = 0;
    while (v->kind == GGUF_STRING && gguf_next_string(v, &cursor, &s))
        sum_bytes(s.data, s.len);
    for (uint64_t i = 0; v->kind == GGUF_I32 && i < v->count; i++)
        sink += (unsigned)gguf_item_int(v, i);
    for (uint64_t i = 0; v->kind == GGUF_F32 && i < v->count; i++)
        sink += gguf_item_real(v, i) > 0;
}

static void ask(const struct gguf *g, const char *key) {
    int64_t number;
    double real;
    bool flag;
    const char *text;
    (void)gguf_int(g, key, -1, INT32_MAX, &number);
    (void)gguf_real(g, key, &real);
    (void)gguf_bool(g, key, &flag);
    if (gguf_str(g, key, &text) == 0)
        while (*text)
            sink += (unsigned char)*text++;
}

/* What is written can be refused, too, as when a token is there twice; what is not must work. */
static void encode_with(const struct buf *json, const struct buf *config) {
    static const char text[] = " A b\303\244\xe2\x96\x81 1<s>\n";
    struct tokenizer *t = NULL;
    struct encoding e = {0};
    struct buf back;
    if (tokenizer_parse(&t, json->data, json->len, "input", config->data, config->len) < 0)
        return;
    buf_init(&back, 1 << 20);
    if (tokenizer_encode(t, &e, text, sizeof(text) - 1, ENCODE_SPECIAL) == 0)
        (void)tokenizer_decode(t, &back, e.ids, e.len, 0);
    for (size_t i = 0; i < e.len; i++)
        sink += (unsigned)e.ids[i];
    encoding_done(&e);
    buf_done(&back);
    tokenizer_close(t);
}

static void ask_tokenizer(const struct gguf *g) {
    struct buf json, config;
    buf_init(&json, 1 << 22);
    buf_init(&config, 1 << 20);
    if (gguf_tokenizer_write(g, &json, &config) == 0)
        encode_with(&json, &config);
    buf_done(&json);
    buf_done(&config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct gguf *g = NULL;
    struct tensor t;
    if (gguf_parse(&g, data, size, "input") < 0)
        return 0;
    for (size_t i = 0; i < gguf_value_count(g); i++) {
        const struct gguf_value *v = gguf_value_at(g, i);
        ask(g, v->key);
        if (v->array)
            ask_array(v);
    }
    ask_tokenizer(g);
    for (size_t i = 0; i < gguf_tensor_count(g); i++)
        if (gguf_get(g, gguf_tensor_at(g, i)->name, &t) == 0)
            sum_bytes(t.data, tensor_size(&t));
    gguf_close(g);
    return 0;
}
