/* SPDX-License-Identifier: Apache-2.0 */
/* WordPiece: the longest piece that fits, again and again; one piece that is not in the
 * vocabulary makes the whole word unknown. */
#include <string.h>

#include "engine/base/err.h"
#include "engine/token/component.h"
#include "engine/token/model.h"

static int parse_wordpiece(struct model *m, struct json section, struct json at) {
    (void)section;
    int rc = component_string(at, "unk_token", &m->unk_token);
    if (rc == 0)
        rc = component_string(at, "continuing_subword_prefix", &m->prefix);
    if (rc == 0)
        rc = json_int(at, "max_input_chars_per_word", 0, INT64_MAX, &m->max_chars);
    m->prefix_len = rc == 0 ? strlen(m->prefix) : 0;
    return rc;
}

/* The longest piece of word[begin, len) in the vocabulary: its id, and its end in *end. */
static int32_t longest_piece(const struct model *m, struct model_scratch *s, const char *word,
                             size_t begin, size_t len, size_t *end) {
    size_t prefix = begin > 0 ? m->prefix_len : 0, room = m->vocab.longest;
    if (prefix > room)
        return -1;
    size_t n = len - begin < room - prefix ? len - begin : room - prefix;
    char *piece = model_spelling(s, prefix + n + 1);
    memcpy(piece, m->prefix, prefix);
    memcpy(piece + prefix, word + begin, n);
    for (; n > 0; n--) {
        if (begin + n < len && ((unsigned char)word[begin + n] & 0xc0) == 0x80)
            continue; /* within a character */
        int32_t id = vocab_id(&m->vocab, piece, prefix + n);
        if (id >= 0) {
            *end = begin + n;
            return id;
        }
    }
    return -1;
}

static int run_wordpiece(const struct model *m, struct model_scratch *s, const char *word,
                         size_t len) {
    int64_t chars = 0;
    for (size_t i = 0; i < len; i++)
        chars += ((unsigned char)word[i] & 0xc0) != 0x80;
    if (chars > m->max_chars)
        return model_unknown(m, s, len);
    for (size_t begin = 0, end = 0; begin < len; begin = end) {
        int32_t id = longest_piece(m, s, word, begin, len, &end);
        if (id < 0)
            return model_unknown(m, s, len);
        model_emit(&s->symbols, id, end);
    }
    return 0;
}

const struct model_type model_wordpiece = {"WordPiece", parse_wordpiece, run_wordpiece, NULL};
