/* SPDX-License-Identifier: Apache-2.0 */
/* Extended grapheme clusters. utf8proc has all of the rules but that for conjuncts, which came with
 * Unicode 15.1: a consonant stays with the consonant before it where a linker lies between. */
#include <utf8proc.h>

#include "engine/token/text.h"
#include "engine/token/unicode.h"

enum conjunct { CONJUNCT_NONE, CONJUNCT_BEGUN, CONJUNCT_LINKED };

static unsigned bound_class(uint32_t cp) {
    return utf8proc_get_property((utf8proc_int32_t)cp)->boundclass;
}

static bool is_control(uint32_t cp) {
    unsigned class = bound_class(cp);
    return class == UTF8PROC_BOUNDCLASS_CR || class == UTF8PROC_BOUNDCLASS_LF ||
           class == UTF8PROC_BOUNDCLASS_CONTROL;
}

static bool is_extension(uint32_t cp) {
    unsigned class = bound_class(cp);
    return (class == UTF8PROC_BOUNDCLASS_EXTEND && cp != 0x200c) ||
           class == UTF8PROC_BOUNDCLASS_ZWJ || unicode_is(CODE_NEWER_MARK, cp);
}

static enum conjunct conjunct_after(enum conjunct before, uint32_t cp) {
    if (cp < 0x300)
        return CONJUNCT_NONE;
    if (unicode_is(CODE_CONSONANT, cp))
        return CONJUNCT_BEGUN;
    if (before != CONJUNCT_NONE && unicode_is(CODE_LINKER, cp))
        return CONJUNCT_LINKED;
    return before != CONJUNCT_NONE && is_extension(cp) ? before : CONJUNCT_NONE;
}

size_t unicode_cluster(const char *s, size_t len) {
    utf8proc_int32_t state = 0;
    size_t n, end;
    uint32_t before = text_code(s, &end);
    enum conjunct conjunct = conjunct_after(CONJUNCT_NONE, before);
    while (end < len) {
        uint32_t cp = text_code(s + end, &n);
        bool ends = utf8proc_grapheme_break_stateful((utf8proc_int32_t)before, (utf8proc_int32_t)cp,
                                                     &state);
        if (ends && conjunct == CONJUNCT_LINKED && unicode_is(CODE_CONSONANT, cp))
            ends = false;
        if (ends && unicode_is(CODE_NEWER_MARK, cp) && !is_control(before))
            ends = false;
        if (ends)
            break;
        conjunct = conjunct_after(conjunct, cp);
        before = cp;
        end += n;
    }
    return end;
}
