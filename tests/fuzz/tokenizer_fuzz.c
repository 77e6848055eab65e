/* SPDX-License-Identifier: Apache-2.0 */
/* A tokenizer.json, and behind a NUL perhaps a text: parsed, encoded every way, decoded, streamed.
 * Ids that come out must be known, offsets must lie in the text. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/utf8.h"
#include "engine/token/stream.h"
#include "engine/token/tokenizer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char usual_text[] =
    "Hello  w\xc3\xb6rld, don't\r\n 123 \xe4\xbd\xa0\xe5\xa5\xbd e\xcc\x81 <s>ab</s>\xff";

static void check_encoding(const struct encoding *e, size_t len) {
    for (size_t i = 0; i < e->len; i++) {
        CHECK(e->ids[i] >= 0);
        CHECK(e->offsets[i].begin <= e->offsets[i].end);
        CHECK(e->offsets[i].end <= len || e->sequences[i] < 0);
    }
}

static void check_decoding(const struct tokenizer *t, const struct encoding *e) {
    struct token_stream *s = token_stream_new(t, DECODE_SKIP_SPECIAL);
    struct buf text;
    buf_init(&text, 1 << 22);
    if (tokenizer_decode(t, &text, e->ids, e->len, 0) == 0)
        CHECK(utf8_valid(text.data, text.len, NULL));
    buf_reset(&text);
    for (size_t i = 0; i < e->len && i < 64; i++)
        if (token_stream_push(s, e->ids[i], &text) == 0)
            CHECK(utf8_valid(text.data, text.len, NULL));
    (void)token_stream_finish(s, &text);
    token_stream_free(s);
    buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct tokenizer *t = NULL;
    struct encoding e = {0};
    const uint8_t *nul = memchr(data, 0, size);
    size_t json_len = nul ? (size_t)(nul - data) : size;
    struct token_text text = {usual_text, sizeof(usual_text) - 1};
    if (nul && json_len + 1 < size)
        text = (struct token_text){(const char *)nul + 1, size - json_len - 1};
    if (tokenizer_parse(&t, (const char *)data, json_len, "input", NULL, 0) < 0)
        return 0;
    struct truncation limit = {.max_length = 7, .stride = 1};
    struct padding padding = {.multiple_of = 4};
    struct encode_request r = {.text = &text, .text_len = 1, .pair = &text, .pair_len = 1};
    for (int i = 0; i < 4; i++) {
        r.flags = (i & 1 ? ENCODE_OFFSETS | ENCODE_WHOLE : ENCODE_BYTE_OFFSETS | ENCODE_SPECIAL);
        r.pair = i & 1 ? NULL : &text;
        r.truncation = i == 2 ? &limit : NULL;
        r.padding = i == 2 ? &padding : NULL;
        if (tokenizer_encode_request(t, &e, &r) < 0)
            continue;
        check_encoding(&e, text.len);
        check_decoding(t, &e);
    }
    encoding_done(&e);
    tokenizer_close(t);
    return 0;
}
