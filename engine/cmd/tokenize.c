/* SPDX-License-Identifier: Apache-2.0 */
/* tokenize: text to token ids, or ids to text, as a tokenizer.json or a GGUF file says. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/cmd.h"
#include "engine/base/err.h"
#include "engine/base/json.h"
#include "engine/base/opt.h"
#include "engine/format/gguf.h"
#include "engine/run/gguf_load.h"
#include "engine/token/tokenizer.h"

enum { STDIN_MAX = 1 << 28, OUTPUT_MAX = 1 << 30 }; /* bytes */

struct tokenize_opts {
    bool ids, offsets, json, no_special, skip_special, tokens;
    const char *pair;
};

#define FIELD(f) offsetof(struct tokenize_opts, f)
static const struct opt opts[] = {
    {OPT_FLAG, "ids",          'i', FIELD(ids),          NULL,   0, 0,
     "The operands (or stdin) are ids; print their text."                                                         },
    {OPT_FLAG, "tokens",       't', FIELD(tokens),       NULL,   0, 0, "One line per token: id and spelling."     },
    {OPT_FLAG, "offsets",      'o', FIELD(offsets),      NULL,   0, 0,
     "As --tokens, with the code points each came from."                                                          },
    {OPT_FLAG, "json",         'j', FIELD(json),         NULL,   0, 0, "All there is to know, as one JSON object."},
    {OPT_STR,  "pair",         'p', FIELD(pair),         "TEXT", 0, 0, "The second text of a pair."               },
    {OPT_FLAG, "no-special",   'n', FIELD(no_special),   NULL,   0, 0, "Do not add special tokens."               },
    {OPT_FLAG, "skip-special", 's', FIELD(skip_special), NULL,   0, 0,
     "With --ids: leave special tokens out of the text."                                                          },
    OPT_END_ROW,
};

static int read_stdin(struct buf *text) {
    char block[65536];
    size_t n;
    while ((n = fread(block, 1, sizeof(block), stdin)) > 0)
        buf_add(text, block, n);
    if (ferror(stdin))
        return err_errno(ERR_IO, "reading stdin");
    return buf_ok(text, "stdin");
}

/* The operands joined by spaces, or stdin when there are none. */
static int read_input(struct buf *text, int argc, char **argv) {
    if (argc == 0)
        return read_stdin(text);
    for (int i = 0; i < argc; i++)
        buf_printf(text, "%s%s", i ? " " : "", argv[i]);
    return buf_ok(text, "the text");
}

static int decode(const struct tokenizer *t, const struct buf *input, bool skip_special,
                  struct buf *out) {
    const char *p = input->data;
    int32_t *ids = xcalloc(input->len + 1, sizeof(*ids));
    size_t len = 0;
    int rc = 0;
    while (*(p += strspn(p, " ,\t\r\n[]"))) {
        char *end;
        errno = 0;
        long id = strtol(p, &end, 10);
        if (end == p || errno || id < 0 || id > INT32_MAX) {
            rc = err_set(ERR_ARG, "\"%.20s\" is no token id", p);
            break;
        }
        ids[len++] = (int32_t)id;
        p = end;
    }
    if (rc == 0)
        rc = tokenizer_decode(t, out, ids, len, skip_special ? DECODE_SKIP_SPECIAL : 0);
    buf_putc(out, '\n');
    free(ids);
    return rc;
}

static void put_numbers(struct json_writer *w, const char *key, const int32_t *v, size_t len) {
    json_open_array(w, key);
    for (size_t i = 0; i < len; i++)
        json_put_int(w, NULL, v[i]);
    json_close_array(w);
}

static void put_bytes(struct json_writer *w, const char *key, const uint8_t *v, size_t len) {
    json_open_array(w, key);
    for (size_t i = 0; i < len; i++)
        json_put_int(w, NULL, v[i]);
    json_close_array(w);
}

static void put_encoding(struct json_writer *w, const struct tokenizer *t,
                         const struct encoding *e) {
    json_open_object(w, NULL);
    put_numbers(w, "ids", e->ids, e->len);
    json_open_array(w, "tokens");
    for (size_t i = 0; i < e->len; i++)
        json_put_str(w, NULL, tokenizer_token(t, e->ids[i], NULL));
    json_close_array(w);
    json_open_array(w, "offsets");
    for (size_t i = 0; i < e->len; i++) {
        json_open_array(w, NULL);
        json_put_int(w, NULL, e->offsets[i].begin);
        json_put_int(w, NULL, e->offsets[i].end);
        json_close_array(w);
    }
    json_close_array(w);
    put_numbers(w, "type_ids", e->type_ids, e->len);
    put_numbers(w, "words", e->words, e->len);
    json_open_array(w, "sequences");
    for (size_t i = 0; i < e->len; i++)
        json_put_int(w, NULL, e->sequences[i]);
    json_close_array(w);
    put_bytes(w, "special_tokens_mask", e->special, e->len);
    put_bytes(w, "attention_mask", e->attention, e->len);
    json_open_array(w, "overflow");
    for (size_t i = 0; i < e->overflow_len; i++)
        put_encoding(w, t, &e->overflow[i]);
    json_close_array(w);
    json_close_object(w);
}

static void put_lines(struct buf *out, const struct tokenizer *t, const struct encoding *e,
                      bool offsets) {
    for (size_t i = 0; i < e->len; i++) {
        const char *token = tokenizer_token(t, e->ids[i], NULL);
        buf_printf(out, "%d\t%s", (int)e->ids[i], token ? token : "");
        if (offsets)
            buf_printf(out, "\t%u\t%u", (unsigned)e->offsets[i].begin, (unsigned)e->offsets[i].end);
        buf_putc(out, '\n');
    }
}

static void put_ids(struct buf *out, const struct encoding *e) {
    for (size_t i = 0; i < e->len; i++)
        buf_printf(out, "%s%d", i ? " " : "", (int)e->ids[i]);
    buf_putc(out, '\n');
}

static int encode(const struct tokenizer *t, const struct buf *input, const struct tokenize_opts *o,
                  struct buf *out) {
    struct encoding e = {0};
    struct token_text text = {input->data, input->len};
    struct token_text pair = {o->pair, o->pair ? strlen(o->pair) : 0};
    struct encode_request request = {
        .text = &text,
        .text_len = 1,
        .pair = o->pair ? &pair : NULL,
        .pair_len = 1,
        .flags = (o->no_special ? 0 : ENCODE_SPECIAL) | ENCODE_OFFSETS,
    };
    int rc = tokenizer_encode_request(t, &e, &request);
    if (rc == 0 && o->json) {
        struct json_writer w;
        json_writer_init(&w, out, 0);
        put_encoding(&w, t, &e);
        buf_putc(out, '\n');
    } else if (rc == 0 && (o->tokens || o->offsets)) {
        put_lines(out, t, &e, o->offsets);
    } else if (rc == 0) {
        put_ids(out, &e);
    }
    encoding_done(&e);
    return rc;
}

static int open_gguf(struct tokenizer **out, const char *path) {
    struct gguf *g = NULL;
    int rc = gguf_open(&g, path, GGUF_MAP);
    if (rc == 0)
        rc = gguf_load_tokenizer(out, g);
    gguf_close(g);
    return rc;
}

static int run(const void *options, int argc, char **argv) {
    const struct tokenize_opts *o = options;
    struct tokenizer *t = NULL;
    struct buf input, out;
    if (argc < 1)
        return err_set(ERR_ARG, "which model? Give a folder, a tokenizer.json or a GGUF file");
    buf_init(&input, STDIN_MAX);
    buf_init(&out, OUTPUT_MAX);
    int rc = gguf_is_file(argv[0]) ? open_gguf(&t, argv[0]) : tokenizer_open(&t, argv[0]);
    if (rc == 0)
        rc = read_input(&input, argc - 1, argv + 1);
    if (rc == 0)
        rc = o->ids ? decode(t, &input, o->skip_special, &out) : encode(t, &input, o, &out);
    if (rc == 0)
        rc = buf_ok(&out, "the output");
    if (rc == 0 && (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout) != 0))
        rc = err_errno(ERR_IO, "writing stdout");
    tokenizer_close(t);
    buf_done(&input);
    buf_done(&out);
    return rc;
}

const struct cmd cmd_tokenize = {
    .name = "tokenize",
    .args = "MODEL|tokenizer.json|FILE.gguf [TEXT…]",
    .summary = "Turns text (or stdin) into token ids, or ids into text.",
    .opts = opts,
    .opts_size = sizeof(struct tokenize_opts),
    .run = run,
};
