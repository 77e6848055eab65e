/* SPDX-License-Identifier: Apache-2.0 */
/* What a message is written with: UTF-8 that shows what it says. */
#include "engine/base/utf8.h"
#include "orchestrator/policy/kind.h"

struct params {
    bool ascii, tabs, emoji, trailing;
};

static const struct param rows[] = {
    {"ascii",    PARAM_BOOL, offsetof(struct params, ascii),    "false"},
    {"tabs",     PARAM_BOOL, offsetof(struct params, tabs),     "false"},
    {"emoji",    PARAM_BOOL, offsetof(struct params, emoji),    "false"},
    {"trailing", PARAM_BOOL, offsetof(struct params, trailing), "false"},
    PARAM_END_ROW,
};

struct block {
    uint32_t first, last;
};

static bool is_in(uint32_t cp, const struct block *blocks, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (cp >= blocks[i].first && cp <= blocks[i].last)
            return true;
    return false;
}

/* Control characters; Default_Ignorable_Code_Point of Unicode 15.1 (DerivedCoreProperties.txt),
 * whole, but for U+FE0F, which pictures have; separators of lines; marks of notes; and letters and
 * notes that are drawn blank (U+2800, U+1D159). */
static const struct block unseen[] = {
    {0x00,    0x08   },
    {0x0A,    0x1F   },
    {0x7F,    0x9F   },
    {0xAD,    0xAD   },
    {0x34F,   0x34F  },
    {0x61C,   0x61C  },
    {0x115F,  0x1160 },
    {0x17B4,  0x17B5 },
    {0x180B,  0x180F },
    {0x200B,  0x200F },
    {0x2028,  0x202E },
    {0x2060,  0x206F },
    {0x2800,  0x2800 },
    {0x3164,  0x3164 },
    {0xFE00,  0xFE0E },
    {0xFEFF,  0xFEFF },
    {0xFFA0,  0xFFA0 },
    {0xFFF0,  0xFFFB },
    {0x1BCA0, 0x1BCA3},
    {0x1D159, 0x1D159},
    {0x1D173, 0x1D17A},
    {0xE0000, 0xE0FFF},
};

/* White_Space that a line may hold. */
static const struct block blanks[] = {
    {'\t',   '\t'  },
    {' ',    ' '   },
    {0xA0,   0xA0  },
    {0x1680, 0x1680},
    {0x2000, 0x200A},
    {0x202F, 0x202F},
    {0x205F, 0x205F},
    {0x3000, 0x3000},
};

static const struct block pictures[] = {
    {0x2600,  0x27BF },
    {0x2B50,  0x2B59 },
    {0xFE0F,  0xFE0F },
    {0x1F000, 0x1FAFF},
};

enum { AS_PICTURE = 0xFE0F };

/* The mark is seen by what it makes of a sign, and splits a word where it stands behind a letter.
 */
static bool is_letter(uint32_t cp) {
    return cp > 0xBF || (cp | 32) - 'a' <= 'z' - 'a' || cp == '_' || cp == ' ' || cp == 0;
}

static const char *fault_of(const struct params *p, uint32_t cp, uint32_t before) {
    bool bare = cp == AS_PICTURE && before < 0x2000 && is_letter(before);
    if (bare || is_in(cp, unseen, sizeof(unseen) / sizeof(*unseen)))
        return "a character that is not seen";
    if (!p->tabs && cp == '\t')
        return "a tab";
    if (!p->emoji && is_in(cp, pictures, sizeof(pictures) / sizeof(*pictures)))
        return "a picture";
    return p->ascii && cp > 127 ? "a character that is not ASCII" : NULL;
}

static void check_line(const struct params *p, const struct message *m, size_t index,
                       struct finder *f) {
    const struct message_line *l = &m->lines[index];
    uint32_t before = 0;
    for (size_t i = 0; i < l->len;) {
        uint32_t cp = 0;
        size_t n = utf8_decode(l->text + i, l->len - i, &cp);
        const char *fault = n ? fault_of(p, cp, before) : "bytes that are not UTF-8";
        if (fault) {
            finder_add(f, finder_place(m, index), l->number, "%s, U+%04X, at byte %zu", fault, cp,
                       i + 1);
            return;
        }
        before = cp;
        i += n;
    }
    if (!p->trailing && l->len && is_in(before, blanks, sizeof(blanks) / sizeof(*blanks)))
        finder_add(f, finder_place(m, index), l->number, "a blank at the end of the line");
}

static void check(const void *params, const struct view *v, struct finder *f) {
    for (size_t i = 0; i < v->message.count; i++)
        check_line(params, &v->message, i, f);
}

const struct kind kind_text = {
    .name = "text",
    .summary = "UTF-8 without tabs, control, unseen or picture characters, or blanks at the end.",
    .mend = "write it with characters that a reader sees",
    .needs = VIEW_MESSAGE,
    .params = rows,
    .size = sizeof(struct params),
    .check = check,
};
